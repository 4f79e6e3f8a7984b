variable "operators" {
  description = "By operator: the file with its manifests, the file's SHA-256, its namespace, and what has to stand in the file."
  type = map(object({
    file         = string
    sha256       = string
    namespace    = string
    must_contain = optional(list(string), [])
  }))

  validation {
    condition     = alltrue([for operator in var.operators : fileexists(operator.file)])
    error_message = "There is no such file: ${join(", ", [for operator in var.operators : operator.file if !fileexists(operator.file)])}."
  }
  validation {
    condition     = alltrue([for operator in var.operators : can(regex("^[0-9a-f]{64}$", operator.sha256))])
    error_message = "Expected a SHA-256, 64 hexadecimal digits, for each operator's file."
  }
}

variable "streamflow_namespaces" {
  description = "Namespaces of StreamFlow's, in which an operator may get rights."
  type        = list(string)
}

variable "after" {
  description = "Results of what has to be there before any operator is; only waited for."
  type        = any
  default     = []
}
