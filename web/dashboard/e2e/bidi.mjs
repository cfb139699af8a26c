// Where the letters of a text stand: in which order the eye meets parts of it.

/** The parts of an element's text from left to right, however they run. */
export const inOrder = (locator, parts) =>
  locator.evaluate((element, wanted) => {
    const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    const nodes = [];
    while (walker.nextNode()) nodes.push(walker.currentNode);
    const place = (part) => {
      const node = nodes.find(({ data }) => data.includes(part));
      if (!node) throw new Error(`${part} is not in ${element.textContent}`);
      const letters = document.createRange();
      letters.setStart(node, node.data.indexOf(part));
      letters.setEnd(node, node.data.indexOf(part) + part.length);
      return letters.getBoundingClientRect().left;
    };
    return [...wanted].sort((a, b) => place(a) - place(b));
  }, parts);
