// Something that scrolls: it fades towards the sides where there is more of it.
import { type ReactNode, type RefObject, useEffect, useRef } from 'react';
import './scroller.css';

interface ScrollerProps {
  /** `section` is a region of its own that keys reach, too; the others hold links or buttons. */
  readonly as?: 'section' | 'nav' | 'ol' | 'div';
  readonly className: string;
  /** Its name, for those who hear the page. */
  readonly label?: string;
  readonly boxRef?: RefObject<HTMLElement | null>;
  readonly children: ReactNode;
}

/** A box that scrolls, and shows that it does. */
export function Scroller({
  as: Box = 'section',
  className,
  label,
  boxRef,
  children,
}: ScrollerProps) {
  const own = useRef<HTMLElement>(null);
  const box = boxRef ?? own;
  // What it holds may have become larger.
  useEffect(() => tellMore(box.current!));
  useEffect(() => {
    const element = box.current!;
    const tell = (): void => tellMore(element);
    element.addEventListener('scroll', tell, { passive: true });
    const observer = new ResizeObserver(tell);
    observer.observe(element);
    for (const child of element.children) observer.observe(child);
    return () => {
      element.removeEventListener('scroll', tell);
      observer.disconnect();
    };
  }, [box]);
  return (
    <Box
      ref={box as RefObject<never>}
      className={`scroller ${className}`}
      aria-label={label}
      tabIndex={Box === 'section' ? 0 : undefined}
    >
      {children}
    </Box>
  );
}

/** Pixels that nobody misses. */
const SLACK = 2;

/** Say on an element at which sides there is more than it shows. */
function tellMore(element: HTMLElement): void {
  const { scrollLeft, scrollTop, clientWidth, clientHeight, scrollWidth, scrollHeight } = element;
  const sides = [
    scrollLeft > SLACK && 'left',
    scrollLeft + clientWidth < scrollWidth - SLACK && 'right',
    scrollTop + clientHeight < scrollHeight - SLACK && 'below',
  ].filter((side) => side !== false);
  if (sides.length > 0) element.dataset.more = sides.join(' ');
  else delete element.dataset.more;
}
