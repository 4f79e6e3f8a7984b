output "own" {
  description = "StreamFlow's namespaces, as the manifests name them."
  value       = keys(local.own)
}

output "operators" {
  description = "The namespace of each operator, once it is there and closed."
  value       = { for name, operator in var.operators : name => operator.namespace }
  depends_on  = [kubectl_manifest.own, kubectl_manifest.closed, kubectl_manifest.flows]
}
