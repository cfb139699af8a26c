package api

import (
	"maps"

	"github.com/ztas-io/ztas/api/auth"
)

func init() { maps.Copy(contractRights, siteRights) }

// siteRights are the rows of sites, shares, public stats and annotations.
var siteRights = map[string]right{
	"PATCH /api/sites":                      {role: auth.Admin, scope: auth.AdminScope, ok: 200},
	"PATCH /api/sites/:id":                  {role: auth.Admin, scope: auth.AdminScope, ok: 200},
	"DELETE /api/sites":                     {role: auth.Owner, scope: auth.AdminScope, ok: 200, owner: true},
	"DELETE /api/sites/:id":                 {role: auth.Owner, scope: auth.AdminScope, ok: 200, owner: true},
	"POST /api/sites/:id/restore":           {role: auth.Owner, scope: auth.AdminScope, ok: 200, owner: true, deleted: true},
	"GET /api/sites/:id/shares":             {role: auth.Admin, scope: auth.AdminScope, ok: 200},
	"POST /api/sites/:id/shares":            {role: auth.Admin, scope: auth.AdminScope, ok: 201},
	"DELETE /api/sites/:id/shares":          {role: auth.Admin, scope: auth.AdminScope, ok: 200},
	"DELETE /api/sites/:id/shares/:shareId": {role: auth.Admin, scope: auth.AdminScope, ok: 200},
	"GET /api/public/stats":                 {public: true, ok: 200},
	"GET /public/:token":                    {public: true, ok: 200},
	"GET /api/annotations":                  {role: auth.Viewer, scope: auth.Read, ok: 200},
	"POST /api/annotations":                 {role: auth.Member, scope: auth.Write, ok: 201},
	"PATCH /api/annotations":                {role: auth.Member, scope: auth.Write, ok: 200, thing: "Annotation"},
	"DELETE /api/annotations":               {role: auth.Member, scope: auth.Write, ok: 200, thing: "Annotation"},
	"PATCH /api/annotations/:id":            {role: auth.Member, scope: auth.Write, ok: 200, thing: "Annotation"},
	"DELETE /api/annotations/:id":           {role: auth.Member, scope: auth.Write, ok: 200, thing: "Annotation"},
}
