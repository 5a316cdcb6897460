// A circuit as a page of its own. The page stands in for VS Code before the panel asks for it.
import './page';
import '../graph/main';
