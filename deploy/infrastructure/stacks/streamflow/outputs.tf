output "secrets" {
  description = "What the platform's store has to hold."
  value       = concat(keys(module.postgres.secrets), module.jobs.secrets, module.observability.secrets)
}

output "shop" {
  description = "As whom the shop writes to Kafka, and where it finds its password."
  value       = { user = module.kafka.user, secrets = module.kafka.secret }
}

output "handed_over" {
  description = "What Argo CD was told."
  value       = module.jobs.handed_over
}
