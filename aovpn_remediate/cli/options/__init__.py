"""The options that several verbs take."""
