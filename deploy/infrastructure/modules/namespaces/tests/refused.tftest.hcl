mock_provider "kubectl" {}

variables {
  manifests        = "../../../kubernetes"
  api_server_cidrs = ["10.96.0.1/32"]
  operators        = { strimzi = { namespace = "strimzi-system", reaches_streamflow = true, webhook_port = 9443 } }
}

run "what_the_manifests_say_is_read_and_operators_are_closed" {
  command = plan
  assert {
    condition     = output.own == ["streamflow", "streamflow-observability"]
    error_message = "StreamFlow's namespaces are those of the manifests."
  }
  assert {
    condition     = yamldecode(kubectl_manifest.closed["strimzi"].yaml_body).spec == { podSelector = {}, policyTypes = ["Ingress", "Egress"] }
    error_message = "What no policy names is refused."
  }
  assert {
    condition     = yamldecode(kubectl_manifest.flows["strimzi"].yaml_body).spec.ingress[0].ports == [{ protocol = "TCP", port = 9443 }]
    error_message = "The API server reaches the webhook."
  }
}

run "a_folder_that_is_not_that_of_the_manifests" {
  command = plan
  variables {
    manifests = "../"
  }
  expect_failures = [var.manifests]
}

run "the_whole_world_as_the_api_server" {
  command = plan
  variables {
    api_server_cidrs = ["0.0.0.0/0"]
  }
  expect_failures = [var.api_server_cidrs]
}

run "no_address_of_the_api_server" {
  command = plan
  variables {
    api_server_cidrs = []
  }
  expect_failures = [var.api_server_cidrs]
}

run "two_operators_in_one_namespace" {
  command = plan
  variables {
    operators = { one = { namespace = "operators" }, other = { namespace = "operators" } }
  }
  expect_failures = [var.operators]
}

run "a_name_that_no_namespace_may_have" {
  command = plan
  variables {
    operators = { one = { namespace = "Operators_1" } }
  }
  expect_failures = [var.operators]
}

run "an_address_that_is_none" {
  command = plan
  variables {
    operators = { one = { namespace = "operators", outside_cidrs = ["example.org"] } }
  }
  expect_failures = [var.operators]
}
