/** Text with what was searched for marked. */
export function Marked({ text, phrase }: { text: string; phrase: string }) {
  if (!phrase) return <>{text}</>;
  const pattern = new RegExp(`(${phrase.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")})`, "gi");
  return <>{text.split(pattern).map((part, index) => (index % 2 ? <mark key={index}>{part}</mark> : part))}</>;
}
