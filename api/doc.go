// Package api is the REST interface: Gin handlers that turn HTTP into questions and commands of the domain, and back.
package api
