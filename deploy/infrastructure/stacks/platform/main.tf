# Once for a cluster, by who may do everything there: namespaces, and the operators in them.
locals {
  manifests = "${path.module}/../../../kubernetes"
  # What each operator is allowed. The network policies of the manifests let Strimzi's, Flink's and CloudNativePG's in from these namespaces.
  flows = {
    strimzi          = { namespace = "strimzi-system", reaches_streamflow = true, webhook_port = null, outside_cidrs = [] }
    flink            = { namespace = "flink-operator", reaches_streamflow = true, webhook_port = 9443, outside_cidrs = [] }
    cnpg             = { namespace = "cnpg-system", reaches_streamflow = true, webhook_port = 9443, outside_cidrs = [] }
    prometheus       = { namespace = "prometheus-operator", reaches_streamflow = false, webhook_port = null, outside_cidrs = [] }
    external_secrets = { namespace = "external-secrets", reaches_streamflow = false, webhook_port = 10250, outside_cidrs = var.secret_store_cidrs }
  }
  # What has to stand in an operator's file, or pods are refused later.
  must_contain = {
    strimzi = ["STRIMZI_POD_SECURITY_PROVIDER_CLASS"]
  }
}

module "namespaces" {
  source           = "../../modules/namespaces"
  manifests        = local.manifests
  api_server_cidrs = var.api_server_cidrs
  operators        = local.flows
}

module "operators" {
  source                = "../../modules/operators"
  streamflow_namespaces = module.namespaces.own
  after                 = module.namespaces.operators
  operators = {
    for name, operator in var.operators : name => merge(operator, {
      namespace    = local.flows[name].namespace
      must_contain = lookup(local.must_contain, name, [])
    })
  }
}
