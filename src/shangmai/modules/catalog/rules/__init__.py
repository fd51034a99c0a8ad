"""What the catalog accepts and decides: codes, values, kits, prices, the life of a product. Pure."""

from shangmai.modules.catalog.rules.attributes import (
    check_options,
    clean_key,
    clean_values,
    defined,
)
from shangmai.modules.catalog.rules.codes import (
    barcode_key,
    check_digit,
    clean_barcode,
    clean_barcodes,
    clean_code,
)
from shangmai.modules.catalog.rules.content import (
    Content,
    Named,
    Updated,
    update,
)
from shangmai.modules.catalog.rules.creating import (
    Growing,
    Grown,
    Known,
    PlannedBrand,
    PlannedProduct,
    PlannedSku,
    brand_key,
    grow,
    plan,
)
from shangmai.modules.catalog.rules.describing import (
    DescribedParts,
    check_sellable,
    described,
    keys_used,
)
from shangmai.modules.catalog.rules.kits import (
    KnownSku,
    resolve_kit,
    share,
)
from shangmai.modules.catalog.rules.offering import (
    Move,
    Reviewer,
    Standing,
    Step,
    approved,
    delisted,
    listed,
    rejected,
    submitted,
)
from shangmai.modules.catalog.rules.prices import (
    NewPrice,
    Price,
    Priced,
    reprice,
)
from shangmai.modules.catalog.rules.skus import (
    ChangedSku,
    Parent,
    SkuKnown,
    change_sku,
)
from shangmai.modules.catalog.rules.variants import (
    expand,
)

__all__ = [
    "ChangedSku",
    "Content",
    "DescribedParts",
    "Growing",
    "Grown",
    "Known",
    "KnownSku",
    "Move",
    "Named",
    "NewPrice",
    "Parent",
    "PlannedBrand",
    "PlannedProduct",
    "PlannedSku",
    "Price",
    "Priced",
    "Reviewer",
    "SkuKnown",
    "Standing",
    "Step",
    "Updated",
    "approved",
    "barcode_key",
    "brand_key",
    "change_sku",
    "check_digit",
    "check_options",
    "check_sellable",
    "clean_barcode",
    "clean_barcodes",
    "clean_code",
    "clean_key",
    "clean_values",
    "defined",
    "delisted",
    "described",
    "expand",
    "grow",
    "keys_used",
    "listed",
    "plan",
    "rejected",
    "reprice",
    "resolve_kit",
    "share",
    "submitted",
    "update",
]
