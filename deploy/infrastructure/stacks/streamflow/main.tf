# Once for an environment, when the platform is there: what the manifests of an overlay need and cannot hold, and who applies them.
locals {
  manifests = "${path.module}/../../../kubernetes"
}

module "kafka" {
  source          = "../../modules/kafka"
  manifests       = local.manifests
  shop_namespaces = var.shop_namespaces
}

module "postgres" {
  source          = "../../modules/postgres"
  manifests       = local.manifests
  image           = var.postgres_image
  snapshot_driver = var.snapshot_driver
  secret_store    = var.secret_store
  secret_prefix   = var.secret_prefix
}

module "observability" {
  source             = "../../modules/observability"
  manifests          = local.manifests
  ingress_namespaces = var.ingress_namespaces
  receivers          = var.receivers
  secret_store       = var.secret_store
  secret_prefix      = var.secret_prefix
}

module "jobs" {
  source        = "../../modules/jobs"
  manifests     = local.manifests
  environment   = var.environment
  hand_over     = var.hand_over
  repository    = var.repository
  secret_store  = var.secret_store
  secret_prefix = var.secret_prefix
  # Argo CD begins when everything that pods wait for is on its way.
  after = [module.kafka.user, keys(module.postgres.secrets), module.observability.secrets]
}
