# What the jobs and Airflow need of the platform, and who applies StreamFlow from here on.
locals {
  namespace = yamldecode(split("\n---\n", file("${var.manifests}/base/jobs/service-account.yaml"))[0]).metadata.namespace
  store     = { kind = "ClusterSecretStore", name = var.secret_store }
  documents = var.hand_over ? data.kubectl_kustomize_documents.argocd[0].documents : []
  # A fork has another address; whatever is handed over has to name the same one.
  ours    = one(distinct([for document in local.documents : yamldecode(document).spec.source.repoURL if yamldecode(document).kind == "Application"]))
  handed  = { for document in local.documents : "${yamldecode(document).kind}/${yamldecode(document).metadata.name}" => local.ours == null ? document : replace(document, local.ours, var.repository) }
  secrets = toset(["object-storage", "airflow-keys"])
}

resource "kubectl_manifest" "secret" {
  for_each = local.secrets
  yaml_body = yamlencode({
    apiVersion = "external-secrets.io/v1"
    kind       = "ExternalSecret"
    metadata   = { name = each.value, namespace = local.namespace }
    spec = {
      refreshInterval = "5m"
      secretStoreRef  = local.store
      target          = { creationPolicy = "Orphan" }
      # The names of the keys are those of the variables that pods get (docs/deploy.md).
      dataFrom = [{ extract = { key = "${var.secret_prefix}/${each.value}" } }]
    }
  })
  server_side_apply = true
}

data "kubectl_kustomize_documents" "argocd" {
  count  = var.hand_over ? 1 : 0
  target = "${var.manifests}/../argocd/${var.environment}"
}

resource "kubectl_manifest" "handover" {
  for_each          = local.handed
  yaml_body         = each.value
  server_side_apply = true
  # An Application that goes takes what it applied with it, and argocd-cm is Argo CD's own.
  apply_only = true
  depends_on = [kubectl_manifest.secret, var.after]
}
