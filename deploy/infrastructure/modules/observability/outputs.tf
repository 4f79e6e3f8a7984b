output "secrets" {
  description = "What the store has to hold for Alertmanager."
  value       = var.receivers ? ["${var.secret_prefix}/alertmanager-receivers"] : []
  depends_on  = [kubectl_manifest.ingress, kubectl_manifest.receivers]
}
