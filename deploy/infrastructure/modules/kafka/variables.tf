variable "manifests" {
  description = "Folder of StreamFlow's manifests, `deploy/kubernetes`."
  type        = string
}

variable "shop_namespaces" {
  description = "Namespaces whose pods send payments. Each gets the label that the network policies ask for, and the secret `streamflow-kafka` (username, password, ca.crt)."
  type        = set(string)

  validation {
    condition     = alltrue([for name in var.shop_namespaces : can(regex("^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$", name))])
    error_message = "Expected names of namespaces: small letters, digits and hyphens."
  }
  validation {
    condition     = alltrue([for name in var.shop_namespaces : !startswith(name, "streamflow") && !startswith(name, "kube-")])
    error_message = "Expected namespaces of the shop's, got one of StreamFlow's or Kubernetes'."
  }
}

variable "user" {
  description = "The KafkaUser of the manifests as which the shop writes."
  type        = string
  default     = "shop"

  validation {
    condition     = strcontains(file("${var.manifests}/base/kafka/users.yaml"), "\n  name: ${var.user}\n")
    error_message = "Expected a KafkaUser of base/kafka/users.yaml, got ${var.user}."
  }
}
