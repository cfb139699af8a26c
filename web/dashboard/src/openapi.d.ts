// Made of api/openapi.yaml by `npm run api-types`. Do not change it by hand.

export interface components {
    schemas: {
        /** @description Every answer of status 400 and above. */
        Error: {
            /** @description a message for people */
            error: string;
            /**
             * @description a word for machines
             * @enum {string}
             */
            code?: "bad_request" | "validation_failed" | "unauthorized" | "forbidden" | "insufficient_scope" | "limit_reached" | "not_found" | "method_not_allowed" | "conflict" | "payload_too_large" | "rate_limited" | "internal_error" | "unavailable";
            /** @description More about it: what is wrong in which part of the request. */
            details?: unknown;
        };
        /** @description What an action or a deletion answers. */
        Success: {
            success: boolean;
            message: string;
        };
        /** @description Where a list lies in the whole. */
        Pagination: {
            total: number;
            limit: number;
            offset: number;
            hasMore: boolean;
        };
        /** @description A half-open interval [start, end) of event time. */
        Range: {
            /** Format: date-time */
            start: string;
            /** Format: date-time */
            end: string;
            /** @description IANA name of the site's zone */
            timezone: string;
            /** @enum {string} */
            interval: "hour" | "day";
        };
        /** @enum {string} */
        Role: "owner" | "admin" | "member" | "viewer";
        /** @enum {string} */
        Device: "desktop" | "mobile" | "tablet";
        /** @enum {string} */
        Channel: "direct" | "organic" | "referral" | "social" | "paid" | "email" | "ai";
        /** @enum {string} */
        Scope: "read" | "write" | "admin";
        User: {
            id: string;
            email: string;
            name: string | null;
            /** Format: date-time */
            createdAt: string;
        };
        /** @description A new login session. */
        AuthResult: {
            /** @description a JWT */
            token: string;
            /** Format: date-time */
            expiresAt: string;
            /** @description works once */
            refreshToken: string;
            /** Format: date-time */
            refreshExpiresAt: string;
            user: components["schemas"]["User"];
        };
        RegisterRequest: {
            /** @description trimmed and lower-cased, at most 254 characters */
            email: string;
            /** @description 8 to 128 characters */
            password: string;
            name?: string | null;
            /** @description a pending invitation for this e-mail, for servers that are closed */
            inviteToken?: string | null;
        };
        LoginRequest: {
            email: string;
            password: string;
        };
        RefreshRequest: {
            refreshToken: string;
        };
        LogoutRequest: {
            /**
             * @description ends every login session of the user
             * @default false
             */
            all: boolean;
        };
        ForgotRequest: {
            email: string;
        };
        ResetRequest: {
            token: string;
            /** @description 8 to 128 characters */
            password: string;
        };
        ChangePasswordRequest: {
            currentPassword: string;
            /** @description 8 to 128 characters */
            newPassword: string;
        };
        Me: {
            /** @enum {string} */
            type: "user" | "api_key";
            user: components["schemas"]["User"];
            /** @description null with an API key */
            session: components["schemas"]["LoginSession"] | null;
            /** @description null with a user token */
            apiKey: components["schemas"]["KeyInUse"] | null;
        };
        LoginSession: {
            id: string;
            /** Format: date-time */
            expiresAt: string;
        };
        KeyInUse: {
            id: string;
            name: string;
            scope: components["schemas"]["Scope"];
            siteId: string | null;
            /** Format: date-time */
            expiresAt: string | null;
        };
        ResetToken: {
            valid: boolean;
            /** Format: date-time */
            expiresAt: string;
        };
        SessionListed: {
            id: string;
            /** Format: date-time */
            createdAt: string;
            /**
             * Format: date-time
             * @description exact to one minute
             */
            lastActiveAt: string;
            /** @description browser and system, else "Unknown Device" */
            device: string;
            /** @description masked before it is stored */
            ipAddress: string | null;
            isCurrent: boolean;
        };
        UserStatus: {
            id: string;
            email: string;
            name: string | null;
            /** @enum {string} */
            status: "active";
            canAccess: boolean;
            /** Format: date-time */
            createdAt: string;
            operator: boolean;
            usage: components["schemas"]["Usage"];
            limits: components["schemas"]["Limits"];
        };
        Usage: {
            /** @description owned and not deleted */
            sites: number;
            apiKeys: number;
        };
        Limits: {
            sites: number;
            apiKeys: number;
            goalsPerSite: number;
            funnelsPerSite: number;
            alertsPerSite: number;
            webhooksPerSite: number;
            membersPerSite: number;
        };
        UserChange: {
            /** @description 1 to 100 characters; null clears it */
            name?: string | null;
        };
        AccountDeletion: {
            password: string;
            /**
             * @description purges all owned sites, irreversibly
             * @default false
             */
            deleteSites: boolean;
        };
        /** @description What the server keeps about the caller. */
        AccountExport: {
            user: components["schemas"]["User"];
            sessions: components["schemas"]["SessionListed"][];
            apiKeys: components["schemas"]["ApiKey"][];
            memberships: components["schemas"]["TeamOfCaller"][];
            segments: components["schemas"]["Segment"][];
            annotations: components["schemas"]["Annotation"][];
            activity: components["schemas"]["Activity"][];
        };
        Stats: {
            range: components["schemas"]["Range"];
            summary: components["schemas"]["StatsSummary"];
            /** @description one row a bucket, oldest first, zero rows included */
            timeseries: components["schemas"]["StatsBucket"][];
            /** @description by pageviews, visitors, path */
            topPages: components["schemas"]["PageRow"][];
            /** @description by visits, then domain */
            topReferrers: components["schemas"]["ReferrerRow"][];
            devices: components["schemas"]["DeviceShares"];
            browsers: components["schemas"]["NameRow"][];
            operatingSystems: components["schemas"]["NameRow"][];
            countries: components["schemas"]["CountryRow"][];
            trafficSources: components["schemas"]["ChannelShares"];
            filtered: components["schemas"]["Filtered"];
            /** @description true where a sketch answered */
            estimated?: boolean;
        };
        StatsSummary: {
            pageviews: number;
            uniqueVisitors: number;
            sessions: number;
            bounceRate: number;
            /** @description seconds */
            avgSessionDuration: number;
            /** @description seconds */
            avgTimeOnPage: number;
        };
        StatsBucket: {
            /** @description a local day, or the RFC 3339 start of the hour with the zone's offset */
            date: string;
            pageviews: number;
            uniqueVisitors: number;
            sessions: number;
        };
        PageRow: {
            path: string;
            pageviews: number;
            uniqueVisitors: number;
            estimated?: boolean;
        };
        ReferrerRow: {
            /** @description "(direct)": no referrer */
            domain: string;
            /** @description sessions */
            visits: number;
            estimated?: boolean;
        };
        NameRow: {
            name: string;
            visits: number;
            percentage: number;
            estimated?: boolean;
        };
        CountryRow: {
            /** @description ISO 3166-1 alpha-2, "ZZ": unknown */
            code: string;
            name: string;
            visits: number;
            estimated?: boolean;
        };
        /** @description Percent of sessions. */
        DeviceShares: {
            desktop: number;
            mobile: number;
            tablet: number;
        };
        /** @description Percent of sessions. */
        ChannelShares: {
            direct: number;
            organic: number;
            referral: number;
            social: number;
            paid: number;
            email: number;
            ai: number;
        };
        /** @description Hits that were ignored, by reason, by time of arrival. */
        Filtered: {
            bot: components["schemas"]["FilteredBots"];
            optOut: number;
            path: number;
            heatmapsOff: number;
            prefetch: number;
        };
        FilteredBots: {
            total: number;
            search: number;
            ai: number;
            other: number;
        };
        Realtime: {
            /** @description distinct visitors with any event in the last 300 s */
            activeVisitors: number;
            pageviewsLast5Min: number;
            /** @description active visitors by the path of their latest event; the rest as "(other)" */
            pageBreakdown: {
                [key: string]: number;
            };
            recentPageviews: components["schemas"]["RecentPageview"][];
            visitorsPerMinute: components["schemas"]["MinuteVisitors"][];
            /** @description with detail */
            sourceBreakdown?: {
                [key: string]: number;
            };
            /** @description with detail */
            countryBreakdown?: {
                [key: string]: number;
            };
            /** @description with detail */
            pageviewsPerMinute?: components["schemas"]["MinutePageviews"][];
            /** Format: date-time */
            timestamp: string;
        };
        RecentPageview: {
            page: string;
            /** Format: date-time */
            timestamp: string;
            country: string;
        };
        MinuteVisitors: {
            /** @description HH:MM in the site's zone */
            minute: string;
            visitors: number;
        };
        MinutePageviews: {
            minute: string;
            pageviews: number;
        };
        ExportAnswer: {
            data: components["schemas"]["ExportRow"][];
            meta: components["schemas"]["ExportMeta"];
            pagination: components["schemas"]["Pagination"];
        };
        ExportRow: components["schemas"]["SummaryRow"] | components["schemas"]["PageviewRow"] | components["schemas"]["EventRow"];
        ExportMeta: {
            siteId: string;
            /** @enum {string} */
            type: "summary" | "pageviews" | "events";
            count: number;
            period: components["schemas"]["ExportPeriod"];
        };
        ExportPeriod: {
            /** Format: date-time */
            start: string;
            /** Format: date-time */
            end: string;
        };
        SummaryRow: {
            /** Format: date */
            date: string;
            pageviews: number;
            unique_visitors: number;
            sessions: number;
            bounces: number;
            bounce_rate: number;
            /** @description seconds */
            avg_time_on_page: number;
        };
        PageviewRow: {
            /** Format: date-time */
            timestamp: string;
            page_path: string;
            /** @description domain or "" */
            referrer: string;
            utm_source: string;
            utm_medium: string;
            utm_campaign: string;
            device: components["schemas"]["Device"];
            browser: string;
            os: string;
            country: string;
            region: string;
            /** @description seconds */
            time_on_page: number;
            is_bounce: boolean;
        };
        EventRow: {
            /** Format: date-time */
            timestamp: string;
            /** @enum {string} */
            event_type: "event";
            event_name: string;
            event_data: components["schemas"]["EventData"];
            page_path: string;
            device: components["schemas"]["Device"];
            country: string;
        };
        EventData: {
            category: string;
            label: string;
            value: number | null;
            properties: Record<string, never> | null;
        };
        /** @description One event. Which members a type needs, what is cut and what is refused is told with POST /api/track. */
        TrackEvent: {
            /** @description may stand on the wrapper */
            siteId?: string;
            /** @enum {string} */
            type: "pageview" | "event" | "engagement" | "heartbeat" | "click" | "scroll" | "move";
            /** @description given by the sender, so that a repeated request stores nothing twice */
            id?: string;
            /** @description RFC 3339 text or epoch milliseconds */
            timestamp?: string | number;
            /** @description the client's clock when it sends, likewise */
            sentAt?: string | number;
            /**
             * @description cut at 2,048 characters
             * @default /
             */
            path: string;
            /** @description absolute http(s) URL, instead of path and utm */
            url?: string;
            /** @description 1 to 64 of A-Z, a-z, 0-9, _ and - */
            sessionId?: string;
            /** @description only with an API key */
            context?: components["schemas"]["TrackContext"];
            /** @description pageview; only its host is kept */
            referrer?: string;
            utm?: components["schemas"]["UTM"];
            /** @description pageview; name of an ad parameter, never its value */
            clickId?: string;
            /**
             * @description event; cut at 120
             * @default custom_event
             */
            action: string;
            /** @description event; cut at 120 */
            category?: string;
            /** @description event; cut at 500 */
            label?: string;
            /** @description event; 4 decimals are kept */
            value?: number;
            /** @description event; flat, at most 30 keys */
            properties?: Record<string, never>;
            /** @description engagement; engaged seconds since the previous engagement, 0 to 3,600 */
            timeOnPage?: number;
            /** @description engagement; 1, 2, 3 ... */
            seq?: number;
            /** @description engagement; false marks the session as engaged */
            isBounce?: boolean;
            /** @description click; CSS px from the left of the document */
            x?: number;
            /** @description click; CSS px from its top */
            y?: number;
            /** @description click, scroll, move */
            viewport?: components["schemas"]["Size"];
            /** @description click; cut at 256 */
            selector?: string;
            /** @description click; cut at 128 */
            element?: string;
            /** @description click; cut at 80 */
            text?: string;
            /** @description click; ms since the pageview */
            sinceLoad?: number;
            /** @description click */
            dead?: boolean;
            /** @description click; clicks of a burst, 5 to 1,000 */
            rage?: number;
            /** @description scroll; percent of the page */
            depth?: number;
            /** @description scroll */
            document?: components["schemas"]["Size"];
            /** @description scroll; pairs of top in px and ms, at most 60 */
            dwell?: number[][];
            /** @description move; pairs of x and y, 1 to 200 */
            points?: number[][];
        };
        TrackContext: {
            ip?: string;
            userAgent?: string;
        };
        /** @description Campaign parameters, cut at 200 characters each. */
        UTM: {
            source?: string;
            medium?: string;
            campaign?: string;
            term?: string;
            content?: string;
        };
        /** @description CSS px. */
        Size: {
            width: number;
            height: number;
        };
        TrackBatch: {
            /** @description else that of the first event */
            siteId?: string;
            events: components["schemas"]["TrackEvent"][];
            /** @description For all events. */
            sentAt?: string | number;
            /** @description tolerated */
            batch?: boolean;
        };
        TrackBody: components["schemas"]["TrackEvent"] | components["schemas"]["TrackBatch"] | components["schemas"]["TrackEvent"][];
        TrackResult: {
            success: boolean;
            /** @description events that passed validation: stored, already known, or silently ignored */
            count: number;
            /** @description of them already stored under their id */
            duplicates: number;
            rejected: components["schemas"]["RejectedEvent"][];
        };
        RejectedEvent: {
            /** @description in the sent order */
            index: number;
            error: string;
        };
        SiteListed: {
            id: string;
            domain: string;
            /** @description the domain, or a name of at most 100 characters */
            name: string;
            /** @description IANA name */
            timezone: string;
            /** @description stats may be read without login */
            public: boolean;
            /** @description the caller's */
            role: components["schemas"]["Role"];
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            deletedAt: string | null;
            /** Format: date-time */
            purgeAt: string | null;
            stats: components["schemas"]["SiteListStats"];
            /** @description without pending invitations */
            teamMembers: number;
        };
        SiteListStats: {
            /** @description of 30 days */
            pageviews: number;
            /** @description of 30 days */
            visitors: number;
            /**
             * Format: date-time
             * @description of all stored events
             */
            lastPageview: string | null;
        };
        Site: {
            id: string;
            domain: string;
            /** @description the domain, or a name of at most 100 characters */
            name: string;
            /** @description IANA name */
            timezone: string;
            /** @description stats may be read without login */
            public: boolean;
            /** @description the caller's */
            role: components["schemas"]["Role"];
            settings: components["schemas"]["SiteSettings"];
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            updatedAt: string;
            /** Format: date-time */
            deletedAt: string | null;
            /** Format: date-time */
            purgeAt: string | null;
            /** @description how far stored events have moved to a new time zone; absent or null: none do */
            zoneProgress?: number | null;
            /** @description the HTML to put into the site's pages */
            trackingCode: string;
        };
        SiteDetail: {
            id: string;
            domain: string;
            /** @description the domain, or a name of at most 100 characters */
            name: string;
            /** @description IANA name */
            timezone: string;
            /** @description stats may be read without login */
            public: boolean;
            /** @description the caller's */
            role: components["schemas"]["Role"];
            settings: components["schemas"]["SiteSettings"];
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            updatedAt: string;
            /** Format: date-time */
            deletedAt: string | null;
            /** Format: date-time */
            purgeAt: string | null;
            /** @description how far stored events have moved to a new time zone; absent or null: none do */
            zoneProgress?: number | null;
            /** @description the HTML to put into the site's pages */
            trackingCode: string;
            owner: components["schemas"]["Person"];
            stats: components["schemas"]["SiteDetailStats"];
            team: components["schemas"]["TeamPerson"][];
            goals: number;
            funnels: number;
            alerts: number;
        };
        Person: {
            id: string;
            email: string;
            name: string | null;
        };
        TeamPerson: {
            id: string;
            email: string;
            role: components["schemas"]["Role"];
        };
        /** @description Of 30 days; lastPageview of all stored events. */
        SiteDetailStats: {
            pageviews: number;
            visitors: number;
            sessions: number;
            bounceRate: number;
            /** @description seconds */
            avgSessionDuration: number;
            /** Format: date-time */
            lastPageview: string | null;
        };
        SiteSettings: {
            /** @description "/admin" covers "/admin/..." too; "*" matches any run of characters */
            excludePaths: string[];
            /** @description hosts or *.host whose pages may send too */
            allowedDomains: string[];
            keepQuery: boolean;
            ignoreParams: string[];
            filterBots: boolean;
            honorGpc: boolean;
            honorDnt: boolean;
            /** @description ids of the site in other products */
            aliases: string[];
            /** @description store click, scroll and move */
            heatmaps: boolean;
            /** @description days */
            dataRetention: number;
            /** @description members and viewers see only "configured" or null */
            slackWebhookUrl: string | null;
        };
        /** @description Merged key by key. */
        SiteSettingsChange: {
            /** @description "/admin" covers "/admin/..." too; "*" matches any run of characters */
            excludePaths?: string[];
            /** @description hosts or *.host whose pages may send too */
            allowedDomains?: string[];
            keepQuery?: boolean;
            ignoreParams?: string[];
            filterBots?: boolean;
            honorGpc?: boolean;
            honorDnt?: boolean;
            /** @description ids of the site in other products */
            aliases?: string[];
            /** @description store click, scroll and move */
            heatmaps?: boolean;
            /** @description days */
            dataRetention?: number;
            /** @description members and viewers see only "configured" or null */
            slackWebhookUrl?: string | null;
        };
        SiteCreation: {
            /** @description host name only */
            domain: string;
            /** @description else the domain */
            name?: string | null;
            /** @default UTC */
            timezone: string | null;
            /** @default false */
            public: boolean | null;
            settings?: components["schemas"]["SiteSettingsChange"];
        };
        SiteChange: {
            /** @description when it is not in the path */
            id?: string;
            name?: string | null;
            timezone?: string | null;
            public?: boolean | null;
            settings?: components["schemas"]["SiteSettingsChange"];
        };
        SiteDeletion: {
            success: boolean;
            message: string;
            /**
             * Format: date-time
             * @description not of a purge
             */
            deletedAt?: string;
            /**
             * Format: date-time
             * @description not of a purge
             */
            purgeAt?: string;
        };
        ApiKey: {
            id: string;
            name: string;
            /** @description complete once, when it is created; else its first 13 characters and "..." */
            key: string;
            scope: components["schemas"]["Scope"];
            /** @description null: all sites of its owner */
            siteId: string | null;
            /**
             * Format: date-time
             * @description exact to one minute
             */
            lastUsed: string | null;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            expiresAt: string | null;
        };
        ApiKeyCreation: {
            /** @description 1 to 100 characters */
            name: string;
            scope: components["schemas"]["Scope"];
            /** @description days; null: never */
            expiresIn?: number | null;
            siteId?: string | null;
        };
        ApiKeyChange: {
            /** @description when it is not in the path */
            id?: string;
            name: string;
        };
        TeamOfCaller: {
            siteId: string;
            siteName: string;
            role: components["schemas"]["Role"];
            memberCount: number;
        };
        Member: {
            id: string;
            email: string;
            name: string | null;
            role: components["schemas"]["Role"];
            /** @enum {string} */
            status: "active";
            /** Format: date-time */
            joinedAt: string;
            /**
             * Format: date-time
             * @description exact to one minute
             */
            lastActive: string | null;
        };
        PendingMember: {
            id: string;
            email: string;
            name: string | null;
            /** @enum {string} */
            role: "admin" | "member" | "viewer";
            /** @enum {string} */
            status: "pending";
            /** Format: date-time */
            invitedAt: string;
            /** Format: date-time */
            expiresAt: string;
            invitedBy: string;
        };
        Invitation: {
            id: string;
            siteId: string;
            email: string;
            /** @enum {string} */
            role: "admin" | "member" | "viewer";
            /** @enum {string} */
            status: "pending";
            /** Format: date-time */
            invitedAt: string;
            /** Format: date-time */
            expiresAt: string;
            invitedBy: string;
            /** @description the link of the mail, shown only here */
            inviteUrl: string;
        };
        InvitationCreation: {
            siteId: string;
            email: string;
            /** @enum {string} */
            role: "admin" | "member" | "viewer";
            /** @description plain text in the mail */
            message?: string | null;
        };
        RoleChange: {
            siteId: string;
            /** @description when it is not in the path */
            userId?: string;
            /** @description alias of userId */
            id?: string;
            /** @enum {string} */
            role: "admin" | "member" | "viewer";
        };
        RoleChanged: {
            id: string;
            email: string;
            role: components["schemas"]["Role"];
            /** Format: date-time */
            updatedAt: string;
        };
        Transfer: {
            siteId: string;
            /** @description a member of the site */
            userId: string;
        };
        InvitePreview: {
            invite: components["schemas"]["InviteShown"];
            team: components["schemas"]["TeamName"];
        };
        InviteShown: {
            email: string;
            /** @enum {string} */
            role: "admin" | "member" | "viewer";
            /** Format: date-time */
            expiresAt: string;
        };
        TeamName: {
            name: string;
        };
        InviteAnswer: {
            token: string;
            /**
             * @default accept
             * @enum {string|null}
             */
            action: "accept" | "decline" | null;
        };
        InviteResult: {
            success: boolean;
            message: string;
            /** @description of an accepted invitation */
            team?: components["schemas"]["TeamJoined"];
        };
        TeamJoined: {
            siteId: string;
            name: string;
            role: components["schemas"]["Role"];
            memberCount: number;
        };
        PageviewGoal: {
            id: string;
            siteId: string;
            name: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "pageview";
            path: string;
            matchType: components["schemas"]["MatchType"];
            /** @description of a completion without a value of its own */
            value: number;
            completions: number;
            uniqueCompletions: number;
            conversionRate: number;
            /**
             * Format: date-time
             * @description matches before it do not count; null: all count
             */
            trackedSince: string | null;
            /** @description null: done, or not asked for */
            backfillProgress: number | null;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            updatedAt: string;
        };
        EventGoal: {
            id: string;
            siteId: string;
            name: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "event";
            eventAction: string;
            /** @description null: any */
            eventCategory: string | null;
            /** @description null: any */
            eventLabel: string | null;
            /** @description of a completion without a value of its own */
            value: number;
            completions: number;
            uniqueCompletions: number;
            conversionRate: number;
            /**
             * Format: date-time
             * @description matches before it do not count; null: all count
             */
            trackedSince: string | null;
            /** @description null: done, or not asked for */
            backfillProgress: number | null;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            updatedAt: string;
        };
        DurationGoal: {
            id: string;
            siteId: string;
            name: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "duration";
            durationSeconds: number;
            /** @description of a completion without a value of its own */
            value: number;
            completions: number;
            uniqueCompletions: number;
            conversionRate: number;
            /**
             * Format: date-time
             * @description matches before it do not count; null: all count
             */
            trackedSince: string | null;
            /** @description null: done, or not asked for */
            backfillProgress: number | null;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            updatedAt: string;
        };
        Goal: components["schemas"]["PageviewGoal"] | components["schemas"]["EventGoal"] | components["schemas"]["DurationGoal"];
        /** @enum {string} */
        MatchType: "exact" | "contains" | "regex";
        GoalCreation: {
            siteId: string;
            /** @description 1 to 100 characters */
            name: string;
            /** @enum {string} */
            type: "pageview" | "event" | "duration";
            value?: number | null;
            /** @description pageview; exact paths start with "/", regular expressions are RE2 of at most 512 characters */
            path?: string | null;
            /**
             * @description pageview; default exact
             * @enum {string|null}
             */
            matchType?: "exact" | "contains" | "regex" | null;
            /** @description event */
            eventAction?: string | null;
            /** @description event; null: any */
            eventCategory?: string | null;
            /** @description event; null: any */
            eventLabel?: string | null;
            /** @description duration */
            durationSeconds?: number | null;
            /** @description count stored events too; default true */
            backfill?: boolean | null;
        };
        GoalChange: {
            /** @description when it is not in the path */
            id?: string;
            /** @description ignored: what belongs to a site stays there */
            siteId?: string | null;
            name?: string;
            /** @description cannot be changed */
            type?: string | null;
            value?: number | null;
            /** @description pageview; exact paths start with "/", regular expressions are RE2 of at most 512 characters */
            path?: string | null;
            /**
             * @description pageview; default exact
             * @enum {string|null}
             */
            matchType?: "exact" | "contains" | "regex" | null;
            /** @description event */
            eventAction?: string | null;
            /** @description event; null: any */
            eventCategory?: string | null;
            /** @description event; null: any */
            eventLabel?: string | null;
            /** @description duration */
            durationSeconds?: number | null;
            /** @description count stored events too; default true */
            backfill?: boolean | null;
        };
        PageviewGoalName: {
            id: string;
            name: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "pageview";
            path: string;
        };
        EventGoalName: {
            id: string;
            name: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "event";
            eventAction: string;
            eventCategory: string | null;
            eventLabel: string | null;
        };
        DurationGoalName: {
            id: string;
            name: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "duration";
            durationSeconds: number;
        };
        GoalName: components["schemas"]["PageviewGoalName"] | components["schemas"]["EventGoalName"] | components["schemas"]["DurationGoalName"];
        GoalReport: {
            goal: components["schemas"]["GoalName"];
            range: components["schemas"]["Range"];
            stats: components["schemas"]["GoalStats"];
            timeseries: components["schemas"]["GoalBucket"][];
            /** @description by completions, then source */
            topSources: components["schemas"]["GoalSource"][];
            /** @description entry pages, by completions, then path */
            topPages: components["schemas"]["GoalPage"][];
        };
        GoalStats: {
            completions: number;
            uniqueCompletions: number;
            conversionRate: number;
            totalValue: number;
            avgValue: number;
        };
        GoalBucket: {
            date: string;
            completions: number;
            conversionRate: number;
        };
        GoalSource: {
            source: string;
            completions: number;
            conversionRate: number;
        };
        GoalPage: {
            path: string;
            completions: number;
            conversionRate: number;
        };
        Funnel: {
            id: string;
            siteId: string;
            name: string;
            /** @description seconds, from the first step */
            timeWindow: number;
            steps: components["schemas"]["FunnelStep"][];
            totalVisitors: number;
            completions: number;
            conversionRate: number;
            /** Format: date-time */
            trackedSince: string | null;
            backfillProgress: number | null;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            updatedAt: string;
        };
        PageviewStep: {
            /** @description "step_" and its position */
            id: string;
            name: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "pageview";
            path: string;
            matchType: components["schemas"]["MatchType"];
        };
        EventStep: {
            /** @description "step_" and its position */
            id: string;
            name: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "event";
            eventAction: string;
            eventCategory: string | null;
        };
        GoalStep: {
            /** @description "step_" and its position */
            id: string;
            name: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "goal";
            goalId: string;
        };
        FunnelStep: components["schemas"]["PageviewStep"] | components["schemas"]["EventStep"] | components["schemas"]["GoalStep"];
        FunnelStepFields: {
            /** @description 1 to 100 characters */
            name: string;
            /** @enum {string} */
            type: "pageview" | "event" | "goal";
            /** @description pageview */
            path?: string | null;
            /**
             * @description pageview; default exact
             * @enum {string|null}
             */
            matchType?: "exact" | "contains" | "regex" | null;
            /** @description event */
            eventAction?: string | null;
            /** @description event; null: any */
            eventCategory?: string | null;
            /** @description goal: a pageview or event goal of the site */
            goalId?: string | null;
        };
        FunnelCreation: {
            siteId: string;
            /** @description 1 to 100 characters */
            name: string;
            steps: components["schemas"]["FunnelStepFields"][];
            /** @description seconds; default 3600 */
            timeWindow?: number | null;
            /** @description default true */
            backfill?: boolean | null;
        };
        FunnelChange: {
            /** @description when it is not in the path */
            id?: string;
            /** @description ignored: what belongs to a site stays there */
            siteId?: string | null;
            name?: string;
            /** @description replaces the whole list */
            steps?: components["schemas"]["FunnelStepFields"][];
            /** @description seconds; default 3600 */
            timeWindow?: number | null;
            /** @description default true */
            backfill?: boolean | null;
        };
        FunnelReport: {
            funnel: components["schemas"]["FunnelName"];
            range: components["schemas"]["Range"];
            stats: components["schemas"]["FunnelStats"];
            steps: components["schemas"]["FunnelStepStats"][];
            timeseries: components["schemas"]["FunnelBucket"][];
            topPaths: components["schemas"]["FunnelPath"][];
        };
        FunnelName: {
            id: string;
            name: string;
            timeWindow: number;
        };
        FunnelStats: {
            totalVisitors: number;
            completions: number;
            overallConversionRate: number;
            /** @description seconds; null without completions */
            avgTimeToComplete: number | null;
        };
        FunnelStepStats: {
            stepNumber: number;
            name: string;
            visitors: number;
            dropOff: number;
            dropOffRate: number;
            progressRate: number;
            stepConversionRate: number;
            /** @description seconds; null for the last step, or when nobody went on */
            avgTimeOnStep: number | null;
        };
        FunnelBucket: {
            date: string;
            visitors: number;
            completions: number;
            conversionRate: number;
        };
        FunnelPath: {
            /** @description names of steps */
            path: string[];
            count: number;
            /** @description seconds */
            avgTime: number;
        };
        Alert: {
            id: string;
            siteId: string;
            name: string;
            /** @enum {string} */
            type: "threshold" | "comparison" | "anomaly";
            /** @description the rule in short */
            condition: string;
            /** @description pageviews, uniqueVisitors, sessions, bounceRate, avgSessionDuration, conversionRate, goal.{goalId}.completions, goal.{goalId}.conversionRate or funnel.{funnelId}.conversionRate */
            metric: string;
            /**
             * @description threshold, comparison
             * @enum {string}
             */
            operator?: ">" | "<" | ">=" | "<=";
            /** @description threshold, comparison (percent) */
            threshold?: number;
            /**
             * @description comparison
             * @enum {string}
             */
            compareWith?: "previous_period" | "previous_week" | "previous_month";
            /**
             * @description anomaly
             * @enum {string}
             */
            sensitivity?: "low" | "medium" | "high";
            /** @enum {string} */
            period: "1h" | "24h" | "7d";
            enabled: boolean;
            notifications: components["schemas"]["NotificationChannel"][];
            /** Format: date-time */
            lastTriggered: string | null;
            triggerCount: number;
            /** @description null: that account is gone */
            createdBy: string | null;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            updatedAt: string;
        };
        /** @enum {string} */
        NotificationChannel: "email" | "slack" | "webhook";
        AlertCreation: {
            siteId: string;
            /** @description 1 to 100 characters */
            name: string;
            /** @enum {string} */
            type: "threshold" | "comparison" | "anomaly";
            /** @description as in Alert */
            metric: string;
            notifications: components["schemas"]["NotificationChannel"][];
            /**
             * @description threshold; of a comparison only > and <
             * @enum {string|null}
             */
            operator?: ">" | "<" | ">=" | "<=" | null;
            /** @description threshold, comparison (signed percent) */
            threshold?: number | null;
            /**
             * @description threshold, comparison; anomaly 1h (default) or 24h
             * @enum {string|null}
             */
            period?: "1h" | "24h" | "7d" | null;
            /**
             * @description comparison
             * @enum {string|null}
             */
            compareWith?: "previous_period" | "previous_week" | "previous_month" | null;
            /**
             * @description anomaly; default medium
             * @enum {string|null}
             */
            sensitivity?: "low" | "medium" | "high" | null;
            /** @description default true */
            enabled?: boolean | null;
        };
        AlertTrial: {
            siteId: string;
            name?: string | null;
            /** @enum {string} */
            type: "threshold" | "comparison" | "anomaly";
            metric: string;
            notifications?: components["schemas"]["NotificationChannel"][] | null;
            /**
             * @description threshold; of a comparison only > and <
             * @enum {string|null}
             */
            operator?: ">" | "<" | ">=" | "<=" | null;
            /** @description threshold, comparison (signed percent) */
            threshold?: number | null;
            /**
             * @description threshold, comparison; anomaly 1h (default) or 24h
             * @enum {string|null}
             */
            period?: "1h" | "24h" | "7d" | null;
            /**
             * @description comparison
             * @enum {string|null}
             */
            compareWith?: "previous_period" | "previous_week" | "previous_month" | null;
            /**
             * @description anomaly; default medium
             * @enum {string|null}
             */
            sensitivity?: "low" | "medium" | "high" | null;
            /** @description default true */
            enabled?: boolean | null;
        };
        AlertChange: {
            /** @description when it is not in the path */
            id?: string;
            /** @description ignored: what belongs to a site stays there */
            siteId?: string | null;
            name?: string;
            /** @enum {string} */
            type?: "threshold" | "comparison" | "anomaly";
            metric?: string;
            notifications?: components["schemas"]["NotificationChannel"][];
            /**
             * @description threshold; of a comparison only > and <
             * @enum {string|null}
             */
            operator?: ">" | "<" | ">=" | "<=" | null;
            /** @description threshold, comparison (signed percent) */
            threshold?: number | null;
            /**
             * @description threshold, comparison; anomaly 1h (default) or 24h
             * @enum {string|null}
             */
            period?: "1h" | "24h" | "7d" | null;
            /**
             * @description comparison
             * @enum {string|null}
             */
            compareWith?: "previous_period" | "previous_week" | "previous_month" | null;
            /**
             * @description anomaly; default medium
             * @enum {string|null}
             */
            sensitivity?: "low" | "medium" | "high" | null;
            /** @description default true */
            enabled?: boolean | null;
        };
        AlertPreview: {
            /** @description oldest first */
            series: components["schemas"]["AlertPoint"][];
            firings: components["schemas"]["AlertPoint"][];
        };
        AlertPoint: {
            /** Format: date-time */
            at: string;
            /** @description null: undefined */
            value: number | null;
            baseline: number | null;
        };
        Trigger: {
            id: string;
            /** Format: date-time */
            triggeredAt: string;
            metric: string;
            value: number;
            /** @description null: anomaly */
            threshold: number | null;
            condition: string;
            /** @description comparison: the value compared with; anomaly: the mean */
            baseline: number | null;
            /** @description comparison */
            changePercent: number | null;
            /** @description anomaly */
            score?: number;
            notificationsSent: components["schemas"]["NotificationChannel"][];
            acknowledged: boolean;
            acknowledgedBy: string | null;
            /** Format: date-time */
            acknowledgedAt: string | null;
        };
        AlertHistoryMeta: {
            alert: components["schemas"]["AlertName"];
        };
        AlertName: {
            id: string;
            name: string;
        };
        Acknowledgement: {
            triggerId: string;
        };
        AlertTest: {
            /** @description at least one channel worked */
            success: boolean;
            results: components["schemas"]["ChannelResult"][];
        };
        ChannelResult: {
            channel: components["schemas"]["NotificationChannel"];
            success: boolean;
            error: string | null;
        };
        /** @enum {string} */
        WebhookEvent: "pageview" | "event" | "goal" | "session_end" | "alert" | "activity";
        Webhook: {
            id: string;
            siteId: string;
            url: string;
            events: components["schemas"]["WebhookEvent"][];
            description: string | null;
            active: boolean;
            /** @enum {string|null} */
            disabledReason: "gone" | "failures" | null;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            updatedAt: string;
            /** Format: date-time */
            lastTriggered: string | null;
            lastStatus: number | null;
            consecutiveFailures: number;
        };
        WebhookCreated: {
            id: string;
            siteId: string;
            url: string;
            events: components["schemas"]["WebhookEvent"][];
            description: string | null;
            active: boolean;
            /** @enum {string|null} */
            disabledReason: "gone" | "failures" | null;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            updatedAt: string;
            /** Format: date-time */
            lastTriggered: string | null;
            lastStatus: number | null;
            consecutiveFailures: number;
            /** @description shown only now */
            secret: string;
        };
        WebhookCreation: {
            siteId: string;
            /** @description absolute https URL, no user info, no fragment */
            url: string;
            events: components["schemas"]["WebhookEvent"][];
            description?: string | null;
            /** @description true also clears the failure count */
            active?: boolean | null;
        };
        WebhookChange: {
            /** @description when it is not in the path */
            id?: string;
            /** @description ignored: what belongs to a site stays there */
            siteId?: string | null;
            url?: string;
            events?: components["schemas"]["WebhookEvent"][];
            description?: string | null;
            /** @description true also clears the failure count */
            active?: boolean | null;
        };
        NewSecret: {
            id: string;
            secret: string;
            /**
             * Format: date-time
             * @description until then messages carry both signatures
             */
            previousSecretExpiresAt: string;
        };
        WebhookTest: {
            /** @description the answer was 2xx */
            success: boolean;
            messageId: string;
            status: number | null;
            durationMs: number;
            error: string | null;
        };
        Delivery: {
            messageId: string;
            /** @enum {string} */
            event: "pageview" | "event" | "goal" | "session_end" | "alert" | "activity" | "test";
            /** @enum {string} */
            status: "pending" | "succeeded" | "failed";
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            nextAttemptAt: string | null;
            attempts: components["schemas"]["DeliveryAttempt"][];
            payload: components["schemas"]["WebhookMessage"];
        };
        DeliveryAttempt: {
            id: string;
            /** Format: date-time */
            at: string;
            /** @description null: no answer */
            status: number | null;
            durationMs: number;
            error: string | null;
            /** @description the first 1,024 bytes as text */
            responseBody: string | null;
        };
        /** @description The body of a POST to a webhook; signed by the Standard Webhooks scheme. */
        WebhookMessage: {
            /** @enum {string} */
            type: "pageview" | "event" | "goal" | "session_end" | "alert" | "activity" | "test";
            /**
             * @description equals type
             * @enum {string}
             */
            event: "pageview" | "event" | "goal" | "session_end" | "alert" | "activity" | "test";
            /**
             * Format: date-time
             * @description event time of what happened
             */
            timestamp: string;
            data: Record<string, never>;
        };
        ClickHeatmap: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "click";
            path: string;
            /** @description as sent, or "custom" */
            period: string;
            /** @description of a custom period */
            range?: components["schemas"]["Range"];
            /** @enum {string|null} */
            device: "desktop" | "mobile" | "tablet" | null;
            /** @description true where what is listed may lack some of the rarest counts */
            estimated?: boolean;
            totalClicks: number;
            pageviews: number;
            clicks: components["schemas"]["ClickBin"][];
            viewport: components["schemas"]["Frame"];
        };
        ScrollHeatmap: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "scroll";
            path: string;
            /** @description as sent, or "custom" */
            period: string;
            /** @description of a custom period */
            range?: components["schemas"]["Range"];
            /** @enum {string|null} */
            device: "desktop" | "mobile" | "tablet" | null;
            pageviews: number;
            scrollDepth: components["schemas"]["ScrollDepth"][];
            avgScrollDepth: number;
            /** @description px */
            foldHeight: number;
        };
        MoveHeatmap: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "move";
            path: string;
            /** @description as sent, or "custom" */
            period: string;
            /** @description of a custom period */
            range?: components["schemas"]["Range"];
            /** @enum {string|null} */
            device: "desktop" | "mobile" | "tablet" | null;
            /** @description true where what is listed may lack some of the rarest counts */
            estimated?: boolean;
            totalMovements: number;
            pageviews: number;
            movements: components["schemas"]["MoveBin"][];
            viewport: components["schemas"]["Frame"];
        };
        AttentionHeatmap: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "attention";
            path: string;
            /** @description as sent, or "custom" */
            period: string;
            /** @description of a custom period */
            range?: components["schemas"]["Range"];
            /** @enum {string|null} */
            device: "desktop" | "mobile" | "tablet" | null;
            /** @description true where what is listed may lack some of the rarest counts */
            estimated?: boolean;
            pageviews: number;
            /** @description from top to bottom */
            areas: components["schemas"]["AttentionArea"][];
        };
        Heatmap: components["schemas"]["ClickHeatmap"] | components["schemas"]["ScrollHeatmap"] | components["schemas"]["MoveHeatmap"] | components["schemas"]["AttentionHeatmap"];
        /** @description The reference frame of coordinates, px. */
        Frame: {
            width: number;
            height: number;
        };
        ClickBin: {
            x: number;
            y: number;
            count: number;
            percentage: number;
            element: string;
            text: string;
        };
        ScrollDepth: {
            depth: number;
            percentage: number;
            visitors: number;
        };
        MoveBin: {
            x: number;
            y: number;
            intensity: number;
            percentage: number;
        };
        AttentionArea: {
            y: number;
            height: number;
            attention: number;
            /** @description seconds */
            avgTime: number;
            scrollReach: number;
        };
        HeatmapPage: {
            path: string;
            pageviews: number;
            clicks: number;
            hasClick: boolean;
            hasScroll: boolean;
            hasMove: boolean;
        };
        ClickedElements: {
            path: string;
            period: string;
            range?: components["schemas"]["Range"];
            /** @enum {string|null} */
            device: "desktop" | "mobile" | "tablet" | null;
            /** @description true where what is listed may lack some of the rarest counts */
            estimated?: boolean;
            pageviews: number;
            elements: components["schemas"]["ClickedElement"][];
        };
        ClickedElement: {
            element: string;
            selector: string;
            text: string;
            clicks: number;
            /** @description percent of the pageviews */
            clickRate: number;
            /** @description seconds since the pageview */
            avgClickTime: number;
        };
        RageClicks: {
            path: string;
            period: string;
            range?: components["schemas"]["Range"];
            /** @enum {string|null} */
            device: "desktop" | "mobile" | "tablet" | null;
            /** @description true where what is listed may lack some of the rarest counts */
            estimated?: boolean;
            rageClicks: components["schemas"]["RageElement"][];
        };
        RageElement: {
            x: number;
            y: number;
            element: string;
            selector: string;
            text: string;
            /** @description bursts */
            count: number;
            avgClicks: number;
            maxClicks: number;
            /** @enum {string} */
            severity: "low" | "medium" | "high";
        };
        DeadClicks: {
            path: string;
            period: string;
            range?: components["schemas"]["Range"];
            /** @enum {string|null} */
            device: "desktop" | "mobile" | "tablet" | null;
            /** @description true where what is listed may lack some of the rarest counts */
            estimated?: boolean;
            deadClicks: components["schemas"]["DeadElement"][];
            totalDeadClicks: number;
            deadClickRate: number;
        };
        DeadElement: {
            x: number;
            y: number;
            element: string;
            selector: string;
            text: string;
            clicks: number;
            percentage: number;
        };
        Picture: {
            id: string;
            siteId: string;
            path: string;
            device: components["schemas"]["Device"];
            /** @enum {string} */
            type: "image/png" | "image/jpeg" | "image/webp";
            width: number;
            height: number;
            bytes: number;
            /** Format: date-time */
            createdAt: string;
        };
        /** @enum {string} */
        ActivityType: "auth" | "site" | "team" | "api_key" | "goal" | "funnel" | "alert" | "webhook" | "export" | "settings";
        /** @enum {string} */
        ActivityAction: "auth.login" | "auth.failed_login" | "auth.logout" | "auth.password_changed" | "auth.password_reset" | "auth.session_revoked" | "site.created" | "site.updated" | "site.deleted" | "site.restored" | "site.purged" | "team.member_invited" | "team.member_accepted" | "team.invitation_declined" | "team.member_removed" | "team.role_changed" | "team.ownership_transferred" | "api_key.created" | "api_key.used" | "api_key.revoked" | "goal.created" | "goal.updated" | "goal.deleted" | "funnel.created" | "funnel.updated" | "funnel.deleted" | "alert.created" | "alert.updated" | "alert.triggered" | "alert.acknowledged" | "alert.deleted" | "webhook.created" | "webhook.updated" | "webhook.deleted" | "webhook.secret_rotated" | "webhook.failed" | "webhook.disabled" | "export.requested" | "settings.updated" | "account.exported" | "account.deleted" | "heatmap.picture_uploaded" | "heatmap.picture_deleted" | "share.created" | "share.revoked" | "import.completed" | "import.deleted";
        Activity: {
            id: string;
            /** Format: date-time */
            timestamp: string;
            type: components["schemas"]["ActivityType"];
            action: components["schemas"]["ActivityAction"];
            siteId: string | null;
            /** @description null: the system, or erased with the account */
            actor: components["schemas"]["ActivityActor"] | null;
            target: components["schemas"]["ActivityTarget"] | null;
            /** @description the facts of the change */
            metadata: Record<string, never>;
            /** @description masked before it is stored */
            ipAddress: string | null;
            /** @description browser and system only */
            userAgent: string | null;
        };
        ActivityActor: {
            id: string;
            email: string;
            name: string | null;
            /** @description of a call with a key */
            apiKeyId?: string;
        };
        ActivityTarget: {
            type: string;
            id: string | null;
            name: string | null;
        };
        /** @enum {string} */
        Period: "24h" | "7d" | "30d" | "90d" | "365d";
        Share: {
            id: string;
            siteId: string;
            allowedPeriods: components["schemas"]["Period"][];
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            expiresAt: string | null;
        };
        ShareCreated: {
            id: string;
            /** @description shown only now */
            token: string;
            siteId: string;
            allowedPeriods: components["schemas"]["Period"][];
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            expiresAt: string | null;
            /** @description shown only now */
            url: string;
        };
        ShareCreation: {
            /** @description default 7d, 30d, 90d */
            allowedPeriods?: components["schemas"]["Period"][] | null;
            /**
             * @description null: never
             * @enum {string|null}
             */
            expiresIn?: "1d" | "7d" | "30d" | "90d" | null;
        };
        /** @description Counts of lists are visits. */
        PublicStats: {
            site: components["schemas"]["PublicSite"];
            period: components["schemas"]["Period"];
            allowedPeriods: components["schemas"]["Period"][];
            uniqueVisitors: number;
            pageviews: number;
            bounceRate: number;
            /** @description seconds */
            avgSessionDuration: number;
            pages: components["schemas"]["PublicPage"][];
            referrers: components["schemas"]["PublicReferrer"][];
            devices: components["schemas"]["PublicDevice"][];
            browsers: components["schemas"]["PublicBrowser"][];
            countries: components["schemas"]["PublicCountry"][];
            daily: components["schemas"]["PublicDay"][];
        };
        PublicSite: {
            domain: string;
            name: string;
        };
        PublicPage: {
            path: string;
            pageviews: number;
            uniqueVisitors: number;
            estimated?: boolean;
        };
        PublicReferrer: {
            source: string;
            visits: number;
            estimated?: boolean;
        };
        PublicDevice: {
            type: components["schemas"]["Device"];
            count: number;
        };
        PublicBrowser: {
            name: string;
            count: number;
            estimated?: boolean;
        };
        PublicCountry: {
            code: string;
            name: string;
            count: number;
            estimated?: boolean;
        };
        PublicDay: {
            date: string;
            pageviews: number;
            uniqueVisitors: number;
        };
        Annotation: {
            id: string;
            siteId: string;
            /** Format: date */
            date: string;
            title: string;
            description: string;
            color: string;
            icon: components["schemas"]["Icon"];
            createdBy: string | null;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            updatedAt: string;
        };
        /** @enum {string} */
        Icon: "star" | "rocket" | "megaphone" | "wrench" | "calendar" | "trophy" | "bell" | "flag";
        AnnotationCreation: {
            siteId: string;
            /**
             * Format: date
             * @description a day of the site
             */
            date: string;
            /** @description default "Event" */
            title?: string | null;
            description?: string | null;
            /** @description #rrggbb, default #0d6efd */
            color?: string | null;
            /**
             * @description default star
             * @enum {string|null}
             */
            icon?: "star" | "rocket" | "megaphone" | "wrench" | "calendar" | "trophy" | "bell" | "flag" | null;
        };
        AnnotationChange: {
            /** @description when it is not in the path */
            id?: string;
            /** @description alias of id */
            annotationId?: string;
            /** @description ignored: what belongs to a site stays there */
            siteId?: string | null;
            /** Format: date */
            date?: string;
            /** @description default "Event" */
            title?: string | null;
            description?: string | null;
            /** @description #rrggbb, default #0d6efd */
            color?: string | null;
            /**
             * @description default star
             * @enum {string|null}
             */
            icon?: "star" | "rocket" | "megaphone" | "wrench" | "calendar" | "trophy" | "bell" | "flag" | null;
        };
        /** @description The metrics that were asked for. */
        QueryMetrics: {
            visitors?: number;
            pageviews?: number;
            sessions?: number;
            events?: number;
            bounce_rate?: number;
            visit_duration?: number;
            time_on_page?: number;
            views_per_visit?: number;
            conversion_rate?: number;
            value_sum?: number;
            value_avg?: number;
            value_p50?: number;
            value_p90?: number;
            value_p99?: number;
        };
        QueryTotals: {
            visitors?: number;
            pageviews?: number;
            sessions?: number;
            events?: number;
            bounce_rate?: number;
            visit_duration?: number;
            time_on_page?: number;
            views_per_visit?: number;
            conversion_rate?: number;
            value_sum?: number;
            value_avg?: number;
            value_p50?: number;
            value_p90?: number;
            value_p99?: number;
            /** @description with compare */
            previous?: components["schemas"]["QueryMetrics"];
        };
        /** @description One row: the property or date, and the metrics that were asked for. */
        QueryRow: {
            /** @description start of the bucket */
            date?: string;
            source?: string;
            channel?: string;
            referrer?: string;
            utm_source?: string;
            utm_medium?: string;
            utm_campaign?: string;
            utm_term?: string;
            utm_content?: string;
            country?: string;
            region?: string;
            device?: string;
            browser?: string;
            browser_version?: string;
            os?: string;
            os_version?: string;
            entry_page?: string;
            exit_page?: string;
            page?: string;
            event?: string;
            prop_key?: string;
            goal?: string;
            /** @description of a property prop:KEY */
            value?: string;
            /** @description of a goal */
            name?: string;
            visitors?: number;
            pageviews?: number;
            sessions?: number;
            events?: number;
            bounce_rate?: number;
            visit_duration?: number;
            time_on_page?: number;
            views_per_visit?: number;
            conversion_rate?: number;
            value_sum?: number;
            value_avg?: number;
            value_p50?: number;
            value_p90?: number;
            value_p99?: number;
            /** @description with compare */
            previous?: components["schemas"]["QueryMetrics"];
        };
        QueryResult: {
            results: components["schemas"]["QueryRow"][];
            totals: components["schemas"]["QueryTotals"];
            /** @description before limit and offset */
            rows: number;
            /** @description the parameters as they were understood */
            query: Record<string, never>;
        };
        Query: {
            id: string;
            site_id: string;
            /** @description realtime, day, 7d (default), 30d, 6mo, 12mo or custom */
            period?: string;
            date_from?: string;
            date_to?: string;
            /** @description Comma list or array. */
            metrics?: string | string[];
            /** @description a property, or prop:KEY */
            property?: string;
            /** @enum {string} */
            interval?: "none" | "hour" | "day" | "week" | "month";
            filters?: string;
            /** @enum {string} */
            compare?: "previous_period";
            /** @description value or prop:KEY */
            value_of?: string;
            order?: string;
            search?: string;
            limit?: number;
            offset?: number;
        };
        QueryBatch: {
            queries: components["schemas"]["Query"][];
        };
        QueryFailure: {
            error: string;
            code: string;
            details?: unknown;
            status: number;
        };
        QueryAnswer: components["schemas"]["QueryResult"] | components["schemas"]["QueryFailure"];
        Journeys: {
            sessions: number;
            /** @description by step, sessions, path */
            nodes: components["schemas"]["JourneyNode"][];
            links: components["schemas"]["JourneyLink"][];
        };
        JourneyNode: {
            step: number;
            path: string;
            sessions: number;
        };
        JourneyLink: {
            step: number;
            from: string;
            to: string;
            sessions: number;
        };
        Segment: {
            id: string;
            siteId: string;
            name: string;
            filters: string;
            shared: boolean;
            createdBy: string | null;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            updatedAt: string;
        };
        SegmentCreation: {
            siteId: string;
            /** @description 1 to 100 characters */
            name: string;
            /** @description as in the Query API */
            filters: string;
            /** @description for all who read the site; default false */
            shared?: boolean | null;
        };
        SegmentChange: {
            /** @description when it is not in the path */
            id?: string;
            /** @description ignored: what belongs to a site stays there */
            siteId?: string | null;
            name?: string;
            filters?: string;
            shared?: boolean | null;
        };
        Import: {
            id: string;
            siteId: string;
            source: string;
            /** @enum {string} */
            format: "csv" | "ua-csv" | "json" | "ga4-api";
            recordsProcessed: number;
            recordsStored: number;
            dateRange: components["schemas"]["ImportRange"];
            /** Format: date-time */
            importedAt: string;
        };
        ImportCreated: {
            id: string;
            siteId: string;
            source: string;
            /** @enum {string} */
            format: "csv" | "ua-csv" | "json" | "ga4-api";
            recordsProcessed: number;
            recordsStored: number;
            dateRange: components["schemas"]["ImportRange"];
            /** Format: date-time */
            importedAt: string;
            message: string;
        };
        ImportRange: {
            /** Format: date */
            start: string;
            /** Format: date */
            end: string;
            days: number;
        };
        ImportRequest: {
            siteId: string;
            /** @description Text with a header row, an array of objects, or an answer of the GA4 API. */
            data: string | unknown[] | Record<string, never>;
            /** @enum {string} */
            format: "csv" | "ua-csv" | "json" | "ga4-api";
            /** @description default google-analytics */
            source?: string | null;
        };
        ImportDeleted: {
            success: boolean;
            deletedRecords: number;
            message: string;
        };
        Setup: {
            /** @description there is no account yet */
            needsSetup: boolean;
            registrationEnabled: boolean;
        };
        /** @description The last 24 h or since the start, kept in memory only. */
        Diagnostics: {
            /** Format: date-time */
            since: string;
            /** Format: date-time */
            lastEvent: string | null;
            stored: number;
            duplicates: number;
            filtered: components["schemas"]["Filtered"];
            rejected: components["schemas"]["RejectedCount"][];
            refused: components["schemas"]["RefusedOrigin"][];
            rateLimited: number;
        };
        RejectedCount: {
            error: string;
            count: number;
        };
        RefusedOrigin: {
            origin: string;
            error: string;
            count: number;
        };
        System: {
            version: string;
            /** @description seconds */
            uptime: number;
            ingest: components["schemas"]["SystemIngest"];
            log: components["schemas"]["SystemLog"];
            store: components["schemas"]["SystemStore"];
            disk: components["schemas"]["SystemDisk"];
            memory: components["schemas"]["SystemMemory"];
            geo: components["schemas"]["SystemGeo"];
            backup: components["schemas"]["SystemBackup"];
            accounts: number;
            sites: number;
            sockets: number;
        };
        SystemIngest: {
            eventsPerSecond: number;
            lagMs: number;
            queued: number;
        };
        SystemLog: {
            bytes: number;
            events: number;
        };
        SystemStore: {
            bytes: number;
        };
        SystemDisk: {
            freeBytes: number;
            totalBytes: number;
        };
        SystemMemory: {
            bytes: number;
            limit: number | null;
        };
        SystemGeo: {
            source: string;
            date: string | null;
        };
        SystemBackup: {
            /** Format: date-time */
            lastAt: string | null;
            bytes: number;
        };
        /** @description A stored event, column by column. Columns that do not apply to its type are null. */
        StoredEvent: {
            site_id: string;
            event_id: string;
            /** @description UTC ms */
            ts: number;
            /** @description UTC ms */
            received_at: number;
            /** @enum {string} */
            type: "pageview" | "event" | "engagement" | "heartbeat" | "click" | "scroll" | "move";
            visitor_id: string;
            session_id: string;
            path: string;
            country: string;
            region: string;
            device: components["schemas"]["Device"];
            browser: string;
            os: string;
            browser_version: string;
            os_version: string;
            referrer_domain: string | null;
            channel: string | null;
            source: string | null;
            utm_source: string | null;
            utm_medium: string | null;
            utm_campaign: string | null;
            utm_term: string | null;
            utm_content: string | null;
            action: string | null;
            category: string | null;
            label: string | null;
            value: number | null;
            properties: Record<string, never> | null;
            time_on_page_ms: number | null;
            seq: number | null;
            is_bounce: boolean | null;
            x: number | null;
            y: number | null;
            vw: number | null;
            vh: number | null;
            dh: number | null;
            selector: string | null;
            element: string | null;
            text: string | null;
            since_load_ms: number | null;
            dead: boolean | null;
            rage: number | null;
            depth: number | null;
            dwell: number[][] | null;
            points: number[][] | null;
        };
        Ticket: {
            /** @description single use, 30 s */
            ticket: string;
            /** Format: date-time */
            expiresAt: string;
            /** @description where to open the socket */
            url: string;
        };
        Health: {
            /** @enum {string} */
            status: "ok";
            version: string;
            /** @description seconds */
            uptime: number;
        };
        Ready: {
            /** @enum {string} */
            status: "ready";
        };
        /** @description The short names or the long ones. */
        PlausibleHit: {
            /** @description name */
            n?: string;
            /** @description URL */
            u?: string;
            /** @description domain, or several with commas */
            d?: string;
            /** @description referrer */
            r?: string | null;
            /** @description properties, an object or JSON text */
            p?: unknown;
            /** @description hash mode */
            h?: unknown;
            /** @description scroll depth, percent */
            sd?: unknown;
            /** @description engaged time, ms */
            e?: unknown;
            name?: string;
            url?: string;
            domain?: string;
            referrer?: string | null;
            props?: unknown;
            revenue?: unknown;
            /** @description Revenue: an object with amount and currency. */
            $?: unknown;
        };
        UmamiHit: {
            type: string;
            /** @description website, url, referrer, title, hostname, language, screen, name, data */
            payload?: Record<string, never>;
        };
        UmamiAnswer: {
            cache?: string;
            sessionId?: string;
            visitId?: string;
            beep?: string;
        };
    };
    responses: {
        /** @description `Invalid or expired token` · `Invalid API key` · `API key has expired` */
        Unauthorized: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description `Request body too large` */
        TooLarge: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description `Rate limit exceeded. Try again in {n} seconds.` */
        RateLimited: {
            headers: {
                "Retry-After": components["headers"]["RetryAfter"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description `Internal server error` */
        Internal: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description `Service temporarily unavailable` */
        Unavailable: {
            headers: {
                "Retry-After": components["headers"]["RetryAfter"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description A page that says what is wrong, in the words of GET /api/public/stats. */
        PublicProblem: {
            headers: {
                "Content-Security-Policy"?: string;
                "X-Robots-Tag"?: "noindex";
                [name: string]: unknown;
            };
            content: {
                "text/html": string;
            };
        };
    };
    parameters: {
        /** @description Id of the site. */
        siteId: string;
        /** @description ISO 8601 date or date-time; the local day that it lies in. Wins over `period`. */
        startDate: string;
        /** @description Likewise, included. Without it the range runs to today. */
        endDate: string;
        /** @description Filters of the Query API: `property==value`, `!=`, `=~`, `!~`, joined by `;`. At most 10. */
        filters: string;
        /** @description Length of the list. */
        limit: number;
        /** @description Rows to leave out at its start. */
        offset: number;
        /** @description Id of what is meant. */
        ofId: string;
    };
    requestBodies: never;
    headers: {
        /** @description Seconds until the request would pass. */
        RetryAfter: number;
    };
    pathItems: never;
}
export type Error = components['schemas']['Error'];
export type Success = components['schemas']['Success'];
export type Pagination = components['schemas']['Pagination'];
export type Range = components['schemas']['Range'];
export type Role = components['schemas']['Role'];
export type Device = components['schemas']['Device'];
export type Channel = components['schemas']['Channel'];
export type Scope = components['schemas']['Scope'];
export type User = components['schemas']['User'];
export type AuthResult = components['schemas']['AuthResult'];
export type RegisterRequest = components['schemas']['RegisterRequest'];
export type LoginRequest = components['schemas']['LoginRequest'];
export type RefreshRequest = components['schemas']['RefreshRequest'];
export type LogoutRequest = components['schemas']['LogoutRequest'];
export type ForgotRequest = components['schemas']['ForgotRequest'];
export type ResetRequest = components['schemas']['ResetRequest'];
export type ChangePasswordRequest = components['schemas']['ChangePasswordRequest'];
export type Me = components['schemas']['Me'];
export type LoginSession = components['schemas']['LoginSession'];
export type KeyInUse = components['schemas']['KeyInUse'];
export type ResetToken = components['schemas']['ResetToken'];
export type SessionListed = components['schemas']['SessionListed'];
export type UserStatus = components['schemas']['UserStatus'];
export type Usage = components['schemas']['Usage'];
export type Limits = components['schemas']['Limits'];
export type UserChange = components['schemas']['UserChange'];
export type AccountDeletion = components['schemas']['AccountDeletion'];
export type AccountExport = components['schemas']['AccountExport'];
export type Stats = components['schemas']['Stats'];
export type StatsSummary = components['schemas']['StatsSummary'];
export type StatsBucket = components['schemas']['StatsBucket'];
export type PageRow = components['schemas']['PageRow'];
export type ReferrerRow = components['schemas']['ReferrerRow'];
export type NameRow = components['schemas']['NameRow'];
export type CountryRow = components['schemas']['CountryRow'];
export type DeviceShares = components['schemas']['DeviceShares'];
export type ChannelShares = components['schemas']['ChannelShares'];
export type Filtered = components['schemas']['Filtered'];
export type FilteredBots = components['schemas']['FilteredBots'];
export type Realtime = components['schemas']['Realtime'];
export type RecentPageview = components['schemas']['RecentPageview'];
export type MinuteVisitors = components['schemas']['MinuteVisitors'];
export type MinutePageviews = components['schemas']['MinutePageviews'];
export type ExportAnswer = components['schemas']['ExportAnswer'];
export type ExportRow = components['schemas']['ExportRow'];
export type ExportMeta = components['schemas']['ExportMeta'];
export type ExportPeriod = components['schemas']['ExportPeriod'];
export type SummaryRow = components['schemas']['SummaryRow'];
export type PageviewRow = components['schemas']['PageviewRow'];
export type EventRow = components['schemas']['EventRow'];
export type EventData = components['schemas']['EventData'];
export type TrackEvent = components['schemas']['TrackEvent'];
export type TrackContext = components['schemas']['TrackContext'];
export type Utm = components['schemas']['UTM'];
export type Size = components['schemas']['Size'];
export type TrackBatch = components['schemas']['TrackBatch'];
export type TrackBody = components['schemas']['TrackBody'];
export type TrackResult = components['schemas']['TrackResult'];
export type RejectedEvent = components['schemas']['RejectedEvent'];
export type SiteListed = components['schemas']['SiteListed'];
export type SiteListStats = components['schemas']['SiteListStats'];
export type Site = components['schemas']['Site'];
export type SiteDetail = components['schemas']['SiteDetail'];
export type Person = components['schemas']['Person'];
export type TeamPerson = components['schemas']['TeamPerson'];
export type SiteDetailStats = components['schemas']['SiteDetailStats'];
export type SiteSettings = components['schemas']['SiteSettings'];
export type SiteSettingsChange = components['schemas']['SiteSettingsChange'];
export type SiteCreation = components['schemas']['SiteCreation'];
export type SiteChange = components['schemas']['SiteChange'];
export type SiteDeletion = components['schemas']['SiteDeletion'];
export type ApiKey = components['schemas']['ApiKey'];
export type ApiKeyCreation = components['schemas']['ApiKeyCreation'];
export type ApiKeyChange = components['schemas']['ApiKeyChange'];
export type TeamOfCaller = components['schemas']['TeamOfCaller'];
export type Member = components['schemas']['Member'];
export type PendingMember = components['schemas']['PendingMember'];
export type Invitation = components['schemas']['Invitation'];
export type InvitationCreation = components['schemas']['InvitationCreation'];
export type RoleChange = components['schemas']['RoleChange'];
export type RoleChanged = components['schemas']['RoleChanged'];
export type Transfer = components['schemas']['Transfer'];
export type InvitePreview = components['schemas']['InvitePreview'];
export type InviteShown = components['schemas']['InviteShown'];
export type TeamName = components['schemas']['TeamName'];
export type InviteAnswer = components['schemas']['InviteAnswer'];
export type InviteResult = components['schemas']['InviteResult'];
export type TeamJoined = components['schemas']['TeamJoined'];
export type PageviewGoal = components['schemas']['PageviewGoal'];
export type EventGoal = components['schemas']['EventGoal'];
export type DurationGoal = components['schemas']['DurationGoal'];
export type Goal = components['schemas']['Goal'];
export type MatchType = components['schemas']['MatchType'];
export type GoalCreation = components['schemas']['GoalCreation'];
export type GoalChange = components['schemas']['GoalChange'];
export type PageviewGoalName = components['schemas']['PageviewGoalName'];
export type EventGoalName = components['schemas']['EventGoalName'];
export type DurationGoalName = components['schemas']['DurationGoalName'];
export type GoalName = components['schemas']['GoalName'];
export type GoalReport = components['schemas']['GoalReport'];
export type GoalStats = components['schemas']['GoalStats'];
export type GoalBucket = components['schemas']['GoalBucket'];
export type GoalSource = components['schemas']['GoalSource'];
export type GoalPage = components['schemas']['GoalPage'];
export type Funnel = components['schemas']['Funnel'];
export type PageviewStep = components['schemas']['PageviewStep'];
export type EventStep = components['schemas']['EventStep'];
export type GoalStep = components['schemas']['GoalStep'];
export type FunnelStep = components['schemas']['FunnelStep'];
export type FunnelStepFields = components['schemas']['FunnelStepFields'];
export type FunnelCreation = components['schemas']['FunnelCreation'];
export type FunnelChange = components['schemas']['FunnelChange'];
export type FunnelReport = components['schemas']['FunnelReport'];
export type FunnelName = components['schemas']['FunnelName'];
export type FunnelStats = components['schemas']['FunnelStats'];
export type FunnelStepStats = components['schemas']['FunnelStepStats'];
export type FunnelBucket = components['schemas']['FunnelBucket'];
export type FunnelPath = components['schemas']['FunnelPath'];
export type Alert = components['schemas']['Alert'];
export type NotificationChannel = components['schemas']['NotificationChannel'];
export type AlertCreation = components['schemas']['AlertCreation'];
export type AlertTrial = components['schemas']['AlertTrial'];
export type AlertChange = components['schemas']['AlertChange'];
export type AlertPreview = components['schemas']['AlertPreview'];
export type AlertPoint = components['schemas']['AlertPoint'];
export type Trigger = components['schemas']['Trigger'];
export type AlertHistoryMeta = components['schemas']['AlertHistoryMeta'];
export type AlertName = components['schemas']['AlertName'];
export type Acknowledgement = components['schemas']['Acknowledgement'];
export type AlertTest = components['schemas']['AlertTest'];
export type ChannelResult = components['schemas']['ChannelResult'];
export type WebhookEvent = components['schemas']['WebhookEvent'];
export type Webhook = components['schemas']['Webhook'];
export type WebhookCreated = components['schemas']['WebhookCreated'];
export type WebhookCreation = components['schemas']['WebhookCreation'];
export type WebhookChange = components['schemas']['WebhookChange'];
export type NewSecret = components['schemas']['NewSecret'];
export type WebhookTest = components['schemas']['WebhookTest'];
export type Delivery = components['schemas']['Delivery'];
export type DeliveryAttempt = components['schemas']['DeliveryAttempt'];
export type WebhookMessage = components['schemas']['WebhookMessage'];
export type ClickHeatmap = components['schemas']['ClickHeatmap'];
export type ScrollHeatmap = components['schemas']['ScrollHeatmap'];
export type MoveHeatmap = components['schemas']['MoveHeatmap'];
export type AttentionHeatmap = components['schemas']['AttentionHeatmap'];
export type Heatmap = components['schemas']['Heatmap'];
export type Frame = components['schemas']['Frame'];
export type ClickBin = components['schemas']['ClickBin'];
export type ScrollDepth = components['schemas']['ScrollDepth'];
export type MoveBin = components['schemas']['MoveBin'];
export type AttentionArea = components['schemas']['AttentionArea'];
export type HeatmapPage = components['schemas']['HeatmapPage'];
export type ClickedElements = components['schemas']['ClickedElements'];
export type ClickedElement = components['schemas']['ClickedElement'];
export type RageClicks = components['schemas']['RageClicks'];
export type RageElement = components['schemas']['RageElement'];
export type DeadClicks = components['schemas']['DeadClicks'];
export type DeadElement = components['schemas']['DeadElement'];
export type Picture = components['schemas']['Picture'];
export type ActivityType = components['schemas']['ActivityType'];
export type ActivityAction = components['schemas']['ActivityAction'];
export type Activity = components['schemas']['Activity'];
export type ActivityActor = components['schemas']['ActivityActor'];
export type ActivityTarget = components['schemas']['ActivityTarget'];
export type Period = components['schemas']['Period'];
export type Share = components['schemas']['Share'];
export type ShareCreated = components['schemas']['ShareCreated'];
export type ShareCreation = components['schemas']['ShareCreation'];
export type PublicStats = components['schemas']['PublicStats'];
export type PublicSite = components['schemas']['PublicSite'];
export type PublicPage = components['schemas']['PublicPage'];
export type PublicReferrer = components['schemas']['PublicReferrer'];
export type PublicDevice = components['schemas']['PublicDevice'];
export type PublicBrowser = components['schemas']['PublicBrowser'];
export type PublicCountry = components['schemas']['PublicCountry'];
export type PublicDay = components['schemas']['PublicDay'];
export type Annotation = components['schemas']['Annotation'];
export type Icon = components['schemas']['Icon'];
export type AnnotationCreation = components['schemas']['AnnotationCreation'];
export type AnnotationChange = components['schemas']['AnnotationChange'];
export type QueryMetrics = components['schemas']['QueryMetrics'];
export type QueryTotals = components['schemas']['QueryTotals'];
export type QueryRow = components['schemas']['QueryRow'];
export type QueryResult = components['schemas']['QueryResult'];
export type Query = components['schemas']['Query'];
export type QueryBatch = components['schemas']['QueryBatch'];
export type QueryFailure = components['schemas']['QueryFailure'];
export type QueryAnswer = components['schemas']['QueryAnswer'];
export type Journeys = components['schemas']['Journeys'];
export type JourneyNode = components['schemas']['JourneyNode'];
export type JourneyLink = components['schemas']['JourneyLink'];
export type Segment = components['schemas']['Segment'];
export type SegmentCreation = components['schemas']['SegmentCreation'];
export type SegmentChange = components['schemas']['SegmentChange'];
export type Import = components['schemas']['Import'];
export type ImportCreated = components['schemas']['ImportCreated'];
export type ImportRange = components['schemas']['ImportRange'];
export type ImportRequest = components['schemas']['ImportRequest'];
export type ImportDeleted = components['schemas']['ImportDeleted'];
export type Setup = components['schemas']['Setup'];
export type Diagnostics = components['schemas']['Diagnostics'];
export type RejectedCount = components['schemas']['RejectedCount'];
export type RefusedOrigin = components['schemas']['RefusedOrigin'];
export type System = components['schemas']['System'];
export type SystemIngest = components['schemas']['SystemIngest'];
export type SystemLog = components['schemas']['SystemLog'];
export type SystemStore = components['schemas']['SystemStore'];
export type SystemDisk = components['schemas']['SystemDisk'];
export type SystemMemory = components['schemas']['SystemMemory'];
export type SystemGeo = components['schemas']['SystemGeo'];
export type SystemBackup = components['schemas']['SystemBackup'];
export type StoredEvent = components['schemas']['StoredEvent'];
export type Ticket = components['schemas']['Ticket'];
export type Health = components['schemas']['Health'];
export type Ready = components['schemas']['Ready'];
export type PlausibleHit = components['schemas']['PlausibleHit'];
export type UmamiHit = components['schemas']['UmamiHit'];
export type UmamiAnswer = components['schemas']['UmamiAnswer'];
export type ResponseUnauthorized = components['responses']['Unauthorized'];
export type ResponseTooLarge = components['responses']['TooLarge'];
export type ResponseRateLimited = components['responses']['RateLimited'];
export type ResponseInternal = components['responses']['Internal'];
export type ResponseUnavailable = components['responses']['Unavailable'];
export type ResponsePublicProblem = components['responses']['PublicProblem'];
export type ParameterSiteId = components['parameters']['siteId'];
export type ParameterStartDate = components['parameters']['startDate'];
export type ParameterEndDate = components['parameters']['endDate'];
export type ParameterFilters = components['parameters']['filters'];
export type ParameterLimit = components['parameters']['limit'];
export type ParameterOffset = components['parameters']['offset'];
export type ParameterOfId = components['parameters']['ofId'];
export type HeaderRetryAfter = components['headers']['RetryAfter'];
