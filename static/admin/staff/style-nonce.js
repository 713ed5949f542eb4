// Editors insert <style> elements while they run; the policy allows those that carry this page's nonce.
const { nonce } = document.currentScript;
const createElement = document.createElement.bind(document);
document.createElement = (name, options) => {
  const element = createElement(name, options);
  if (name.toLowerCase() === "style") element.nonce = nonce;
  return element;
};
