-- Marks the first use of each term of glossary.qmd in a page's prose: a link to its place there, with the definition for
-- terms.html to show. Headings, captions, tables, code and what is a link already stay as they are.

local stringify = pandoc.utils.stringify

-- Returns the project's folder, whichever renderer runs this file.
local function root()
  return quarto and quarto.project.directory or pandoc.path.directory(PANDOC_SCRIPT_FILE)
end

-- Returns what is to be found, longer forms first: the words of a form, and the term with its id and definition.
local function known()
  local file = io.open(pandoc.path.join({ root(), 'glossary.qmd' }))
  local forms = {}
  if not file then return forms end
  pandoc.read(file:read('a')):walk({
    DefinitionList = function(list)
      for _, item in ipairs(list.content) do
        local term = item[1][1]
        local about = { id = term.identifier, says = stringify(item[1]) .. ': ' .. stringify(item[2][1]) }
        for form in term.attributes.forms:gmatch('[^|]+') do
          local words = {}
          for word in form:gmatch('%S+') do words[#words + 1] = word:lower() end
          forms[#forms + 1] = { words = words, about = about }
        end
      end
    end,
  })
  file:close()
  table.sort(forms, function(a, b)
    return #a.words > #b.words or #a.words == #b.words and table.concat(a.words) < table.concat(b.words)
  end)
  return forms
end

local SPACE = { Space = true, SoftBreak = true }
local OPENING, CLOSING = '^([%(%[]*)(.*)$', '^(.-)([%.,;:%)%]]*)$' -- what may stand before a word and behind it

-- Returns how many inlines from a place on are the words of a form, or nil.
local function matched(inlines, place, words)
  for number, word in ipairs(words) do
    local inline, space = inlines[place + 2 * number - 2], inlines[place + 2 * number - 1]
    if not inline or inline.t ~= 'Str' then return nil end
    local text = inline.text
    if number == 1 then text = select(2, text:match(OPENING)) end
    if number == #words then text = text:match(CLOSING) elseif not (space and SPACE[space.t]) then return nil end
    if text:lower() ~= word then return nil end
  end
  return 2 * #words - 1
end

local forms, seen = {}, {}

local function found(inlines, place)
  for _, form in ipairs(forms) do
    local length = matched(inlines, place, form.words)
    if length then return form.about, length end
  end
  return nil, 1
end

-- Returns a term as a link, between what opens and closes it.
local function linked(term, about)
  local opening, first = term[1].text:match(OPENING)
  term[1] = pandoc.Str(first)
  local last, closing = term[#term].text:match(CLOSING)
  term[#term] = pandoc.Str(last)
  local link = pandoc.Link(term, '/glossary.qmd#' .. about.id, '', pandoc.Attr('', { 'term' }, { { 'data-says', about.says } }))
  return pandoc.Inlines({ pandoc.Str(opening), link, pandoc.Str(closing) })
end

-- Returns the inlines of a paragraph with those terms in them marked that the page has not had before.
local function marked(inlines)
  local made, place = pandoc.Inlines({}), 1
  while place <= #inlines do
    local about, length = found(inlines, place)
    local taken = pandoc.Inlines({ table.unpack(inlines, place, place + length - 1) })
    if about and not seen[about.id] then
      seen[about.id] = true
      taken = linked(taken, about)
    end
    made:extend(taken)
    place = place + length
  end
  return made
end

local function kept(element) return element, false end

function Pandoc(doc)
  forms = known()
  if stringify(doc.meta.title or '') == 'Glossary' then
    return doc:walk({ Span = function(span) span.attributes.forms = nil; return span end })
  end
  doc.blocks = doc.blocks:walk({
    traverse = 'topdown',
    Header = kept,
    Table = kept,
    Figure = kept,
    Link = kept,
    Cite = kept,
    Div = function(div)
      -- Quarto sends the navigation's words through the page, in a part of its own.
      local other = div.classes:includes('figure-title') or div.identifier:match('^tbl%-') or div.identifier:match('^quarto%-')
      if other then return kept(div) end
    end,
    Inlines = marked,
  })
  return doc
end
