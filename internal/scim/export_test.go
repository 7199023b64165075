package scim

// HasTargets is asked directly: without it the same is told, at a price.
var HasTargets = hasTargets
