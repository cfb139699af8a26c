// Package analytics is the domain: the words of web analytics and the pure fold of a site's records into its state.
package analytics
