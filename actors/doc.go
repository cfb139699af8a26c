// Package actors runs the sites: it orders, folds, publishes and recovers.
package actors
