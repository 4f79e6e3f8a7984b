# Operators, out of files that somebody has fetched and read: what is applied is what was read.
data "kubectl_file_documents" "operator" {
  for_each = var.operators
  content  = file(each.value.file)

  lifecycle {
    precondition {
      condition     = filesha256(each.value.file) == each.value.sha256
      error_message = "${each.key}: expected ${each.value.file} with the SHA-256 ${each.value.sha256}, got ${filesha256(each.value.file)}."
    }
    precondition {
      condition     = alltrue([for text in each.value.must_contain : strcontains(file(each.value.file), text)])
      error_message = "${each.key}: expected ${join(", ", each.value.must_contain)} in ${each.value.file}."
    }
  }
}

locals {
  documents = merge([
    for name, operator in var.operators : {
      for id, document in data.kubectl_file_documents.operator[name].manifests : "${name}:${id}" => {
        operator  = name
        text      = document
        kind      = yamldecode(document).kind
        namespace = try(yamldecode(document).metadata.namespace, "")
      }
    }
  ]...)
}

resource "kubectl_manifest" "definition" {
  for_each          = { for id, document in local.documents : id => document.text if document.kind == "CustomResourceDefinition" }
  yaml_body         = each.value
  server_side_apply = true
  # With a definition goes everything that it defines: brokers, databases, jobs.
  apply_only = true
}

resource "kubectl_manifest" "operator" {
  for_each          = { for id, document in local.documents : id => document if document.kind != "CustomResourceDefinition" }
  yaml_body         = each.value.text
  server_side_apply = true
  depends_on        = [kubectl_manifest.definition, var.after]

  lifecycle {
    precondition {
      condition     = each.value.kind != "Secret"
      error_message = "${each.key}: a secret would stand in the state; expected a file without one."
    }
    precondition {
      condition     = contains(concat(["", "kube-system", var.operators[each.value.operator].namespace], var.streamflow_namespaces), each.value.namespace)
      error_message = "${each.key}: expected the namespace ${var.operators[each.value.operator].namespace}, got ${each.value.namespace}."
    }
  }
}
