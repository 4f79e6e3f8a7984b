# Hands Kafka over to those who send payments. The brokers, topics and users are in the manifests; Strimzi makes the passwords.
locals {
  users     = [for document in split("\n---\n", file("${var.manifests}/base/kafka/users.yaml")) : yamldecode(document)]
  user      = one([for user in local.users : user if user.metadata.name == var.user])
  name      = local.user.metadata.name
  namespace = local.user.metadata.namespace
  authority = "${local.user.metadata.labels["strimzi.io/cluster"]}-cluster-ca-cert"
  handover  = "streamflow-handover"
}

# Network policies let in whose namespace says that it is the shop's.
resource "kubectl_manifest" "shop" {
  for_each = var.shop_namespaces
  yaml_body = yamlencode({
    apiVersion = "v1"
    kind       = "Namespace"
    metadata   = { name = each.value, labels = { "streamflow.org/shop" = "true" } }
  })
  server_side_apply = true
  # It is not ours.
  apply_only = true
}

resource "kubectl_manifest" "reader" {
  yaml_body = yamlencode({
    apiVersion = "rbac.authorization.k8s.io/v1"
    kind       = "Role"
    metadata   = { name = local.handover, namespace = local.namespace }
    rules = [{
      apiGroups     = [""]
      resources     = ["secrets"]
      resourceNames = [local.name, local.authority]
      verbs         = ["get"]
    }]
  })
  server_side_apply = true
}

resource "kubectl_manifest" "readers" {
  for_each = var.shop_namespaces
  yaml_body = yamlencode({
    apiVersion = "rbac.authorization.k8s.io/v1"
    kind       = "RoleBinding"
    metadata   = { name = "${local.handover}-${each.value}", namespace = local.namespace }
    roleRef    = { apiGroup = "rbac.authorization.k8s.io", kind = "Role", name = local.handover }
    subjects   = [{ kind = "ServiceAccount", name = local.handover, namespace = each.value }]
  })
  server_side_apply = true
  depends_on        = [kubectl_manifest.reader]
}

resource "kubectl_manifest" "account" {
  for_each = var.shop_namespaces
  yaml_body = yamlencode({
    apiVersion                   = "v1"
    kind                         = "ServiceAccount"
    metadata                     = { name = local.handover, namespace = each.value }
    automountServiceAccountToken = false
  })
  server_side_apply = true
  depends_on        = [kubectl_manifest.shop]
}

resource "kubectl_manifest" "store" {
  for_each = var.shop_namespaces
  yaml_body = yamlencode({
    apiVersion = "external-secrets.io/v1"
    kind       = "SecretStore"
    metadata   = { name = local.handover, namespace = each.value }
    spec = {
      provider = {
        kubernetes = {
          remoteNamespace = local.namespace
          server          = { caProvider = { type = "ConfigMap", name = "kube-root-ca.crt", key = "ca.crt" } }
          auth            = { serviceAccount = { name = local.handover } }
        }
      }
    }
  })
  server_side_apply = true
  depends_on        = [kubectl_manifest.account, kubectl_manifest.readers]
}

resource "kubectl_manifest" "credentials" {
  for_each = var.shop_namespaces
  yaml_body = yamlencode({
    apiVersion = "external-secrets.io/v1"
    kind       = "ExternalSecret"
    metadata   = { name = "streamflow-kafka", namespace = each.value }
    spec = {
      # Strimzi makes certificates anew before they end, and a password when its secret is deleted.
      refreshInterval = "5m"
      secretStoreRef  = { kind = "SecretStore", name = local.handover }
      target = {
        creationPolicy = "Orphan"
        template       = { mergePolicy = "Merge", data = { username = local.name } }
      }
      data = [
        { secretKey = "password", remoteRef = { key = local.name, property = "password" } },
        { secretKey = "ca.crt", remoteRef = { key = local.authority, property = "ca.crt" } },
      ]
    }
  })
  server_side_apply = true
  depends_on        = [kubectl_manifest.store]
}
