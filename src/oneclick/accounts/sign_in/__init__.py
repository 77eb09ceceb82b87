"""Who somebody is: identity providers, the way in, sessions. What they may do is `oneclick.accounts`' concern."""
