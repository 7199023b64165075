// Package wire speaks WeCom's HTTP API: it finds the endpoint, resolves the
// token to a caller, checks what the caller may, decodes leniently as WeCom
// does, runs the room's operation in a transaction, and writes the answer.
//
// A room describes each endpoint as one Endpoint value. Routing, permission,
// limits, the OpenAPI document and the list of endpoints all come from it.
package wire
