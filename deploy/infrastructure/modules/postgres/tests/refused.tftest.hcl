mock_provider "kubectl" {}

variables {
  manifests     = "../../../kubernetes"
  image         = "registry.example.org/postgresql@sha256:1111111111111111111111111111111111111111111111111111111111111111"
  secret_store  = "platform"
  secret_prefix = "streamflow/dev"
}

run "airflow_gets_the_passwords_of_its_own_roles_only" {
  command = plan
  assert {
    condition = [for line in split("\n", trimspace(yamldecode(kubectl_manifest.passfile.yaml_body).spec.target.template.data.pgpass)) : split(":", line)[3]] == [
      "airflow", "streamflow_migrator", "streamflow_transformer",
    ]
    error_message = "A line for each role that Airflow's connections name."
  }
  assert {
    condition     = length(kubectl_manifest.snapshots) == 0
    error_message = "Without a driver the cluster's own class is used."
  }
}

run "an_image_by_its_tag" {
  command = plan
  variables {
    image = "registry.example.org/postgresql:18"
  }
  expect_failures = [var.image]
}

run "an_image_that_was_never_released" {
  command = plan
  variables {
    image = "registry.example.org/postgresql@sha256:0000000000000000000000000000000000000000000000000000000000000000"
  }
  expect_failures = [var.image]
}

run "no_store_of_secrets" {
  command = plan
  variables {
    secret_store = ""
  }
  expect_failures = [var.secret_store]
}

run "a_prefix_that_ends_with_a_slash" {
  command = plan
  variables {
    secret_prefix = "streamflow/"
  }
  expect_failures = [var.secret_prefix]
}
