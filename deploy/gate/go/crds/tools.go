//go:build tools

// Kinds of operators, as Go types: controller-gen makes their custom resource definitions.
package tools

import (
	_ "github.com/cloudnative-pg/cloudnative-pg/api/v1"
	_ "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	_ "sigs.k8s.io/controller-tools/cmd/controller-gen"
)
