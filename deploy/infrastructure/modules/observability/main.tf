# Who may look on, and what Alertmanager needs to call somebody. Rules, dashboards and routes are in the manifests.
locals {
  namespace = one(distinct([
    for document in split("\n---\n", file("${var.manifests}/base/observability/monitoring.yaml")) :
    yamldecode(document).metadata.namespace if yamldecode(document).kind == "Alertmanager"
  ]))
}

# Network policies let in whose namespace says that it is that of the ingress, or of Grafana.
resource "kubectl_manifest" "ingress" {
  for_each = var.ingress_namespaces
  yaml_body = yamlencode({
    apiVersion = "v1"
    kind       = "Namespace"
    metadata   = { name = each.value, labels = { "streamflow.org/ingress" = "true" } }
  })
  server_side_apply = true
  # It is not ours.
  apply_only = true
}

resource "kubectl_manifest" "receivers" {
  count = var.receivers ? 1 : 0
  yaml_body = yamlencode({
    apiVersion = "external-secrets.io/v1"
    kind       = "ExternalSecret"
    metadata   = { name = "alertmanager-receivers", namespace = local.namespace }
    spec = {
      refreshInterval = "5m"
      secretStoreRef  = { kind = "ClusterSecretStore", name = var.secret_store }
      target          = { creationPolicy = "Orphan" }
      dataFrom        = [{ extract = { key = "${var.secret_prefix}/alertmanager-receivers" } }]
    }
  })
  server_side_apply = true
}
