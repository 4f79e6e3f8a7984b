# Where StreamFlow and its operators live, and whom the operators may talk to.
locals {
  namespaces = "${var.manifests}/base/namespaces/namespaces.yaml"
  own        = { for document in split("\n---\n", file(local.namespaces)) : yamldecode(document).metadata.name => document }
  pod_security = {
    for mode in ["enforce", "warn", "audit"] : "pod-security.kubernetes.io/${mode}" => "restricted"
  }
  # A policy that lists an address of the API server has to list every one of them.
  api_server = [for range in var.api_server_cidrs : { ipBlock = { cidr = range } }]
  api_ports  = [for port in [443, 6443] : { protocol = "TCP", port = port }]
  dns = {
    to = [{
      namespaceSelector = { matchLabels = { "kubernetes.io/metadata.name" = "kube-system" } }
      podSelector       = { matchLabels = { "k8s-app" = "kube-dns" } }
    }]
    ports = [for protocol in ["UDP", "TCP"] : { protocol = protocol, port = 53 }]
  }
  # On which ports, the policies on the other side say.
  to_own = { to = [for name in keys(local.own) : { namespaceSelector = { matchLabels = { "kubernetes.io/metadata.name" = name } } }] }
  egress = {
    for name, operator in var.operators : name => concat(
      [local.dns, { to = local.api_server, ports = local.api_ports }],
      operator.reaches_streamflow ? [local.to_own] : [],
      length(operator.outside_cidrs) == 0 ? [] : [{
        to    = [for range in operator.outside_cidrs : { ipBlock = { cidr = range } }]
        ports = [{ protocol = "TCP", port = 443 }]
      }],
    )
  }
  ingress = {
    for name, operator in var.operators : name => operator.webhook_port == null ? [] : [{
      from  = local.api_server
      ports = [{ protocol = "TCP", port = operator.webhook_port }]
    }]
  }
}

# The manifests say what they are; they stand here first because secrets are brought into them before anything else is there.
resource "kubectl_manifest" "own" {
  for_each          = local.own
  yaml_body         = each.value
  server_side_apply = true
  # Who takes the infrastructure back does not take the data with it.
  apply_only = true
}

resource "kubectl_manifest" "operator" {
  for_each = var.operators
  yaml_body = yamlencode({
    apiVersion = "v1"
    kind       = "Namespace"
    metadata   = { name = each.value.namespace, labels = local.pod_security }
  })
  server_side_apply = true
  # Its definitions stay, and so does what they define.
  apply_only = true
}

resource "kubectl_manifest" "closed" {
  for_each = var.operators
  yaml_body = yamlencode({
    apiVersion = "networking.k8s.io/v1"
    kind       = "NetworkPolicy"
    metadata   = { name = "closed", namespace = each.value.namespace }
    spec       = { podSelector = {}, policyTypes = ["Ingress", "Egress"] }
  })
  server_side_apply = true
  depends_on        = [kubectl_manifest.operator]
}

resource "kubectl_manifest" "flows" {
  for_each = var.operators
  yaml_body = yamlencode({
    apiVersion = "networking.k8s.io/v1"
    kind       = "NetworkPolicy"
    metadata   = { name = "flows", namespace = each.value.namespace }
    spec = merge(
      { podSelector = {}, policyTypes = ["Ingress", "Egress"], egress = local.egress[each.key] },
      length(local.ingress[each.key]) == 0 ? {} : { ingress = local.ingress[each.key] },
    )
  })
  server_side_apply = true
  depends_on        = [kubectl_manifest.operator]
}
