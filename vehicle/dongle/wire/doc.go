// Package wire holds what is generated from the contract in ../openapi.yaml: the JSON types of the dongle
// cloud, request builders for its clients, and the interface its servers implement.
//
// It imports nothing of ours and decides nothing; package dongle turns it into the domain, package garage
// serves it. The OAuth 2 operations are left to OAuth 2 libraries. After a change of the contract:
// go generate ./vehicle/dongle/wire
package wire

//go:generate go tool -modfile=../../../tools.mod oapi-codegen -config oapi-codegen.yaml ../openapi.yaml
