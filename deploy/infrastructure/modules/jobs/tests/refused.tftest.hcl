mock_provider "kubectl" {}

variables {
  manifests     = "../../../kubernetes"
  environment   = "dev"
  secret_store  = "platform"
  secret_prefix = "streamflow/dev"
}

run "without_being_told_to_nothing_is_handed_over" {
  command = plan
  assert {
    condition     = output.handed_over == []
    error_message = "Argo CD is told nothing."
  }
}

run "an_environment_that_there_is_not" {
  command = plan
  variables {
    environment = "test"
  }
  expect_failures = [var.environment]
}

run "handing_over_without_a_repository" {
  command = plan
  variables {
    hand_over = true
  }
  expect_failures = [var.repository]
}

run "a_password_in_the_address_of_the_repository" {
  command = plan
  variables {
    hand_over  = true
    repository = "https://user:word@git.example.org/streamflow.git"
  }
  expect_failures = [var.repository]
}
