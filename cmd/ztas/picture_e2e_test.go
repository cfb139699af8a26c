package main

import (
	"bytes"
	"encoding/json"
	"image"
	"image/color"
	"image/png"
	"io"
	"math/rand/v2"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestLargePicture: a picture that takes several transactions of the store is there, byte for byte, also after a restart.
func TestLargePicture(t *testing.T) {
	noise, dice := image.NewGray(image.Rect(0, 0, 1200, 1000)), rand.New(rand.NewPCG(5, 5))
	for i := range noise.Pix {
		noise.Pix[i] = color.Gray{Y: uint8(dice.Uint32())}.Y
	}
	var picture bytes.Buffer
	require.NoError(t, png.Encode(&picture, noise))
	require.Greater(t, picture.Len(), 1<<20)

	r := newRig(t)
	r.start()
	site, token := r.site("UTC")
	call := func(method, target string, body io.Reader) []byte {
		req, err := http.NewRequestWithContext(t.Context(), method, r.base()+target, body)
		require.NoError(t, err)
		req.Header.Set("Authorization", "Bearer "+token)
		req.Header.Set("Content-Type", "image/png")
		res, err := r.http.Do(req)
		require.NoError(t, err)
		defer res.Body.Close()
		content, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		require.Less(t, res.StatusCode, 300, "%.200s", content)
		return content
	}
	var made struct{ Data struct{ ID string } }
	answer := call(http.MethodPost, "/api/heatmaps/screenshots?siteId="+site+"&path=/&device=desktop", bytes.NewReader(picture.Bytes()))
	require.NoError(t, json.Unmarshal(answer, &made), string(answer))
	require.NotEmpty(t, made.Data.ID, string(answer))
	r.stop()
	r.start()
	require.True(t, bytes.Equal(picture.Bytes(), call(http.MethodGet, "/api/heatmaps/screenshots/"+made.Data.ID, nil)))
	r.stop()
}
