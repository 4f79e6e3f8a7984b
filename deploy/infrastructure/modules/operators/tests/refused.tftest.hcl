mock_provider "kubectl" {}

variables {
  streamflow_namespaces = ["streamflow"]
}

run "a_file_of_another_checksum" {
  command = plan
  variables {
    operators = { strimzi = { file = "main.tf", sha256 = "1111111111111111111111111111111111111111111111111111111111111111", namespace = "strimzi-system" } }
  }
  expect_failures = [data.kubectl_file_documents.operator]
}

run "a_file_without_what_has_to_stand_in_it" {
  command = plan
  variables {
    operators = { strimzi = { file = "main.tf", sha256 = filesha256("main.tf"), namespace = "strimzi-system", must_contain = ["STRIMZI_POD_SECURITY"] } }
  }
  expect_failures = [data.kubectl_file_documents.operator]
}

run "a_file_that_is_not_there" {
  command = plan
  variables {
    operators = { strimzi = { file = "nowhere.yaml", sha256 = "1111111111111111111111111111111111111111111111111111111111111111", namespace = "strimzi-system" } }
  }
  expect_failures = [var.operators]
}

run "a_checksum_that_is_none" {
  command = plan
  variables {
    operators = { strimzi = { file = "main.tf", sha256 = "latest", namespace = "strimzi-system" } }
  }
  expect_failures = [var.operators]
}

run "a_secret_that_would_stand_in_the_state" {
  command = plan
  variables {
    operators = { strimzi = { file = "main.tf", sha256 = filesha256("main.tf"), namespace = "strimzi-system" } }
  }
  override_data {
    target = data.kubectl_file_documents.operator
    values = { manifests = { "/api/v1/secrets/key" = "{kind: Secret, metadata: {name: key, namespace: strimzi-system}}" } }
  }
  expect_failures = [kubectl_manifest.operator]
}

run "a_resource_in_a_strange_namespace" {
  command = plan
  variables {
    operators = { strimzi = { file = "main.tf", sha256 = filesha256("main.tf"), namespace = "strimzi-system" } }
  }
  override_data {
    target = data.kubectl_file_documents.operator
    values = { manifests = { "/api/v1/configmaps/settings" = "{kind: ConfigMap, metadata: {name: settings, namespace: myproject}}" } }
  }
  expect_failures = [kubectl_manifest.operator]
}
