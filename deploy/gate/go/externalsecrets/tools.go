//go:build tools

// Kinds that deploy/infrastructure makes and the manifests do not: the newest version of External Secrets whose types are a part of its
// main module, and volume snapshots.
package tools

import (
	_ "github.com/external-secrets/external-secrets/apis/externalsecrets/v1"
	_ "github.com/kubernetes-csi/external-snapshotter/client/v8/apis/volumesnapshot/v1"
)
