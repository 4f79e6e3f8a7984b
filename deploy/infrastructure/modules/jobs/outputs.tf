output "secrets" {
  description = "What the store has to hold besides passwords; the keys in each are listed in docs/deploy.md."
  value       = [for secret in local.secrets : "${var.secret_prefix}/${secret}"]
}

output "handed_over" {
  description = "What Argo CD was told."
  value       = keys(local.handed)
}
