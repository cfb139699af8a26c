package auth

// Client is where a login came from, as its session shows it. Both texts are made by the caller; nothing finer is kept.
type Client struct {
	Device  string // browser and system, "Chrome on macOS"; "" = unknown
	Address string // masked IP, "192.0.***.***"; "" = unknown
}
