variable "environment" {
  description = "Which overlay of deploy/kubernetes: dev or prod."
  type        = string
}

variable "shop_namespaces" {
  description = "Namespaces whose pods send payments."
  type        = set(string)
}

variable "ingress_namespaces" {
  description = "Namespaces whose pods may show Prometheus, Alertmanager and Airflow to people."
  type        = set(string)
}

variable "postgres_image" {
  description = "PostgreSQL's image for CloudNativePG, by digest."
  type        = string
}

variable "snapshot_driver" {
  description = "The CSI driver that copies volumes for backups; null where the cluster has a default VolumeSnapshotClass."
  type        = string
  default     = null
}

variable "secret_store" {
  description = "The ClusterSecretStore of External Secrets where the platform keeps passwords and keys. What has to be in it is the output `secrets`."
  type        = string
}

variable "secret_prefix" {
  description = "What the names of StreamFlow's secrets begin with in that store, such as streamflow/prod."
  type        = string
}

variable "receivers" {
  description = "Whether the store has keys of a pager or a ticket system, for Alertmanager."
  type        = bool
  default     = false
}

variable "hand_over" {
  description = "Whether Argo CD is told to apply the overlay; without it, `deploy/deploy.sh kubectl` does."
  type        = bool
  default     = false
}

variable "repository" {
  description = "Address of the Git repository that Argo CD reads; needed with hand_over."
  type        = string
  default     = null
}
