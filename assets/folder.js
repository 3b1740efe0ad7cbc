// Opened from a folder, a page may not read another one: the search then lists its hits
// without excerpts, instead of an error in the console for each.
if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
