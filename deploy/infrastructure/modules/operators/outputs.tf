output "definitions" {
  description = "Names of the definitions that the operators brought."
  value       = sort([for definition in kubectl_manifest.definition : definition.name])
}
