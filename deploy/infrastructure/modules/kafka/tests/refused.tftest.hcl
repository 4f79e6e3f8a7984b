mock_provider "kubectl" {}

variables {
  manifests       = "../../../kubernetes"
  shop_namespaces = ["shop"]
}

run "a_shop_may_read_its_own_password_and_the_authority_of_the_brokers" {
  command = plan
  assert {
    condition     = yamldecode(kubectl_manifest.reader.yaml_body).rules[0].resourceNames == ["shop", "kafka-cluster-ca-cert"]
    error_message = "No other secret may be read."
  }
  assert {
    condition     = yamldecode(kubectl_manifest.reader.yaml_body).rules[0].verbs == ["get"]
    error_message = "Reading is all that is needed."
  }
}

run "a_user_that_the_manifests_do_not_have" {
  command = plan
  variables {
    user = "customer"
  }
  expect_failures = [var.user]
}

run "a_namespace_of_streamflows_as_a_shop" {
  command = plan
  variables {
    shop_namespaces = ["streamflow"]
  }
  expect_failures = [var.shop_namespaces]
}

run "a_name_that_no_namespace_may_have" {
  command = plan
  variables {
    shop_namespaces = ["Shop"]
  }
  expect_failures = [var.shop_namespaces]
}
