# What the database needs of the platform: an image, the roles' passwords, and how a volume is copied.
locals {
  airflow  = file("${var.manifests}/base/airflow/kustomization.yaml")
  managed  = yamldecode(file("${var.manifests}/base/postgres/roles.yaml")).spec
  database = yamldecode(split("\n---\n", file("${var.manifests}/base/postgres/postgres.yaml"))[0])
  catalog  = local.database.spec.imageCatalogRef
  # By the secret's name: the role whose password is in it.
  roles = merge(
    { for role in local.managed.managed.roles : role.passwordSecret.name => role.name },
    { (local.managed.bootstrap.initdb.secret.name) = local.managed.bootstrap.initdb.owner },
  )
  # Airflow's connections name who they are, and find the password in a file.
  in_passfile = { for secret, role in local.roles : secret => role if contains(flatten(regexall("postgresql(?:\\+[a-z0-9]+)?://([a-z_]+)@", local.airflow)), role) }
  store       = { kind = "ClusterSecretStore", name = var.secret_store }
}

resource "kubectl_manifest" "catalog" {
  yaml_body = yamlencode({
    apiVersion = "${local.catalog.apiGroup}/v1"
    kind       = local.catalog.kind
    metadata   = { name = local.catalog.name }
    spec       = { images = [{ major = local.catalog.major, image = var.image }] }
  })
  server_side_apply = true
}

resource "kubectl_manifest" "password" {
  for_each = local.roles
  yaml_body = yamlencode({
    apiVersion = "external-secrets.io/v1"
    kind       = "ExternalSecret"
    metadata   = { name = each.key, namespace = local.database.metadata.namespace }
    spec = {
      refreshInterval = "5m"
      secretStoreRef  = local.store
      target = {
        creationPolicy = "Orphan"
        template = {
          type        = "kubernetes.io/basic-auth"
          mergePolicy = "Merge"
          # CloudNativePG gives the role a new password when this secret changes.
          metadata = { labels = { "cnpg.io/reload" = "true" } }
          data     = { username = each.value }
        }
      }
      data = [{ secretKey = "password", remoteRef = { key = "${var.secret_prefix}/${each.key}", property = "password" } }]
    }
  })
  server_side_apply = true
}

resource "kubectl_manifest" "passfile" {
  yaml_body = yamlencode({
    apiVersion = "external-secrets.io/v1"
    kind       = "ExternalSecret"
    metadata   = { name = "warehouse-passfile", namespace = local.database.metadata.namespace }
    spec = {
      refreshInterval = "5m"
      secretStoreRef  = local.store
      target = {
        creationPolicy = "Orphan"
        template = {
          # A colon or a backslash in a password would end the field: https://www.postgresql.org/docs/18/libpq-pgpass.html
          data = {
            pgpass = join("", [
              for secret, role in local.in_passfile :
              "*:*:*:${role}:{{ index . \"${secret}\" | replace \"\\\\\" \"\\\\\\\\\" | replace \":\" \"\\\\:\" }}\n"
            ])
          }
        }
      }
      data = [
        for secret, role in local.in_passfile :
        { secretKey = secret, remoteRef = { key = "${var.secret_prefix}/${secret}", property = "password" } }
      ]
    }
  })
  server_side_apply = true
}

resource "kubectl_manifest" "snapshots" {
  count = var.snapshot_driver == null ? 0 : 1
  yaml_body = yamlencode({
    apiVersion = "snapshot.storage.k8s.io/v1"
    kind       = "VolumeSnapshotClass"
    metadata = {
      name        = "streamflow"
      annotations = { "snapshot.storage.kubernetes.io/is-default-class" = "true" }
    }
    driver = var.snapshot_driver
    # A backup outlives the resource that asked for it.
    deletionPolicy = "Retain"
  })
  server_side_apply = true
}
