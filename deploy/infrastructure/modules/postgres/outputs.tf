output "secrets" {
  description = "What the store has to hold, and under which property."
  value       = { for secret in keys(local.roles) : "${var.secret_prefix}/${secret}" => ["password"] }
  depends_on  = [kubectl_manifest.catalog, kubectl_manifest.password, kubectl_manifest.passfile, kubectl_manifest.snapshots]
}
