variable "manifests" {
  description = "Folder of StreamFlow's manifests, `deploy/kubernetes`."
  type        = string

  validation {
    condition     = fileexists("${var.manifests}/base/kustomization.yaml")
    error_message = "Expected the folder deploy/kubernetes, with base/kustomization.yaml in it."
  }
}

variable "operators" {
  description = "By operator: its namespace, whether it asks pods of StreamFlow's, the port on which the API server asks it (null: none), and the addresses outside of the cluster that it asks, over TLS."
  type = map(object({
    namespace          = string
    reaches_streamflow = optional(bool, false)
    webhook_port       = optional(number)
    outside_cidrs      = optional(set(string), [])
  }))

  validation {
    condition     = alltrue([for operator in var.operators : can(regex("^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$", operator.namespace))])
    error_message = "Expected a namespace's name for each operator: small letters, digits and hyphens."
  }
  validation {
    condition     = length(distinct([for operator in var.operators : operator.namespace])) == length(var.operators)
    error_message = "Expected a namespace of its own for each operator."
  }
  validation {
    condition     = alltrue(flatten([for operator in var.operators : [for range in operator.outside_cidrs : can(cidrhost(range, 0))]]))
    error_message = "Expected ranges of addresses in outside_cidrs, such as 203.0.113.0/28."
  }
}

variable "api_server_cidrs" {
  description = "Where the API server answers and asks from: its service's address and the control plane's."
  type        = set(string)

  validation {
    condition     = length(var.api_server_cidrs) > 0 && alltrue([for range in var.api_server_cidrs : can(cidrhost(range, 0))])
    error_message = "Expected one range of addresses at least, such as 10.96.0.1/32."
  }
  validation {
    condition     = alltrue([for range in var.api_server_cidrs : !endswith(range, "/0")])
    error_message = "Expected the API server's addresses, got all there are."
  }
}
