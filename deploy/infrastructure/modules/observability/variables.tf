variable "manifests" {
  description = "Folder of StreamFlow's manifests, `deploy/kubernetes`."
  type        = string
}

variable "ingress_namespaces" {
  description = "Namespaces whose pods may show Prometheus, Alertmanager and Airflow to people. Each gets the label that the network policies ask for."
  type        = set(string)

  validation {
    condition     = alltrue([for name in var.ingress_namespaces : can(regex("^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$", name))])
    error_message = "Expected names of namespaces: small letters, digits and hyphens."
  }
  validation {
    condition     = alltrue([for name in var.ingress_namespaces : !startswith(name, "streamflow") && !startswith(name, "kube-")])
    error_message = "Expected namespaces of an ingress, got one of StreamFlow's or Kubernetes'."
  }
}

variable "receivers" {
  description = "Whether to bring the secret `alertmanager-receivers`: keys of a pager or a ticket system. The overlay names it in the Alertmanager's `spec.secrets`, and observability/alertmanager.yml the files in it."
  type        = bool
  default     = false
}

variable "secret_store" {
  description = "The ClusterSecretStore of External Secrets where the platform keeps keys."
  type        = string
}

variable "secret_prefix" {
  description = "What the names of StreamFlow's secrets begin with in that store; a slash and the secret's name follow."
  type        = string
}
