variable "manifests" {
  description = "Folder of StreamFlow's manifests, `deploy/kubernetes`; `deploy/argocd` lies beside it."
  type        = string
}

variable "environment" {
  description = "Which overlay Argo CD is to apply: dev or prod."
  type        = string

  validation {
    condition     = contains(["dev", "prod"], var.environment)
    error_message = "Expected dev or prod, got ${var.environment}."
  }
}

variable "secret_store" {
  description = "The ClusterSecretStore of External Secrets where the platform keeps keys."
  type        = string
}

variable "secret_prefix" {
  description = "What the names of StreamFlow's secrets begin with in that store; a slash and the secret's name follow."
  type        = string
}

variable "hand_over" {
  description = "Whether Argo CD is told to apply the overlay; without it, `deploy/deploy.sh kubectl` does."
  type        = bool
  default     = false
}

variable "repository" {
  description = "Address of the Git repository that Argo CD reads."
  type        = string
  default     = null

  validation {
    condition     = !var.hand_over || can(regex("^(https|ssh)://[^@:/]+(:[0-9]+)?/", coalesce(var.repository, "-")))
    error_message = "Expected the address of a repository to hand over to Argo CD, https://... or ssh://..., without a name or password in it."
  }
}

variable "after" {
  description = "Results of what has to be there before Argo CD is told anything; only waited for."
  type        = any
  default     = []
}
