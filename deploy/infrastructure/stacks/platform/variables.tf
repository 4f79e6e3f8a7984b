variable "operators" {
  description = "By operator: the file with its manifests, as its project publishes them or its chart renders them, and the file's SHA-256. docs/deploy.md says which versions."
  type = object({
    strimzi          = object({ file = string, sha256 = string })
    flink            = object({ file = string, sha256 = string })
    cnpg             = object({ file = string, sha256 = string })
    prometheus       = object({ file = string, sha256 = string })
    external_secrets = object({ file = string, sha256 = string })
  })
}

variable "api_server_cidrs" {
  description = "Where the API server answers and asks from: its service's address and the control plane's."
  type        = set(string)
}

variable "secret_store_cidrs" {
  description = "Addresses of the store in which the platform keeps passwords, for External Secrets to ask."
  type        = set(string)
}
