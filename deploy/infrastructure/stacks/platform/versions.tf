terraform {
  required_version = ">= 1.9"
  required_providers {
    kubectl = {
      source  = "gavinbunney/kubectl"
      version = "1.19.0"
    }
  }
  # Where it lies is said at `tofu init`: bucket, region, endpoint. Who applies at the same time waits for the lock. There is no secret in it.
  backend "s3" {
    key          = "streamflow/platform.tfstate"
    use_lockfile = true
  }
}

# Which cluster: KUBE_CONFIG_PATH.
provider "kubectl" {}
