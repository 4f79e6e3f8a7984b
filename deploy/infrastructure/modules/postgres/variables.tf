variable "manifests" {
  description = "Folder of StreamFlow's manifests, `deploy/kubernetes`."
  type        = string
}

variable "image" {
  description = "PostgreSQL's image for CloudNativePG, by digest."
  type        = string

  validation {
    condition     = can(regex("@sha256:[0-9a-f]{64}$", var.image)) && !endswith(var.image, "@sha256:${join("", [for _ in range(64) : "0"])}")
    error_message = "Expected an image by its digest, NAME@sha256:..., got ${var.image}."
  }
}

variable "secret_store" {
  description = "The ClusterSecretStore of External Secrets where the platform keeps passwords."
  type        = string

  validation {
    condition     = length(var.secret_store) > 0
    error_message = "Expected the name of a ClusterSecretStore."
  }
}

variable "secret_prefix" {
  description = "What the names of StreamFlow's secrets begin with in that store; a slash and the secret's name follow."
  type        = string

  validation {
    condition     = can(regex("[^/]$", var.secret_prefix))
    error_message = "Expected a prefix that does not end with a slash, such as streamflow/prod."
  }
}

variable "snapshot_driver" {
  description = "The CSI driver that copies volumes for backups; null where the cluster has a default VolumeSnapshotClass."
  type        = string
  default     = null
}
