output "namespaces" {
  description = "Where each operator is, and StreamFlow's own."
  value       = merge(module.namespaces.operators, { streamflow = join(", ", module.namespaces.own) })
}

output "definitions" {
  description = "Names of the definitions that the operators brought."
  value       = module.operators.definitions
}
