package ws

func helper() bool { return false }
