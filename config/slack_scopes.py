"""What the app asks of a workspace.

Source: https://docs.slack.dev/reference/scopes
"""

BOT_SCOPES = (
    "app_mentions:read",
    "channels:history",
    "channels:read",
    "chat:write",
    "chat:write.public",
    "commands",
    "files:read",
    "files:write",
    "groups:history",
    "groups:read",
    "im:history",
    "im:write",
    "links:read",
    "links:write",
    "metadata.message:read",
    "reactions:read",
    "reactions:write",
    "users:read",
    "users:read.email",
)
