mock_provider "kubectl" {}

variables {
  manifests          = "../../../kubernetes"
  ingress_namespaces = ["ingress"]
  secret_store       = "platform"
  secret_prefix      = "streamflow/dev"
}

run "keys_of_a_pager_are_brought_where_alertmanager_is" {
  command = plan
  variables {
    receivers = true
  }
  assert {
    condition     = yamldecode(kubectl_manifest.receivers[0].yaml_body).metadata.namespace == "streamflow-observability"
    error_message = "A pod mounts secrets of its own namespace."
  }
}

run "a_namespace_of_kubernetes_as_the_ingress" {
  command = plan
  variables {
    ingress_namespaces = ["kube-system"]
  }
  expect_failures = [var.ingress_namespaces]
}

run "a_name_that_no_namespace_may_have" {
  command = plan
  variables {
    ingress_namespaces = ["Ingress"]
  }
  expect_failures = [var.ingress_namespaces]
}
