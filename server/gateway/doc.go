// Package leadmatchv1 turns HTTP and JSON into calls of leadmatch.v1. All but this file is generated from the .proto files
// and proto/http.yaml ("make generate").
package leadmatchv1

import _ "embed"

// OpenAPI describes all calls over HTTP: an OpenAPI 2.0 document in JSON.
//
//go:embed openapi.swagger.json
var OpenAPI []byte
