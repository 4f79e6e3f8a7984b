output "user" {
  description = "Name of Kafka's user as which the shop writes."
  value       = local.name
  depends_on  = [kubectl_manifest.credentials]
}

output "secret" {
  description = "Where the shop finds its credentials, in each of its namespaces."
  value       = [for secret in kubectl_manifest.credentials : "${secret.namespace}/${secret.name}"]
}
