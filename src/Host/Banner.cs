namespace LiveCommerce.Host;

/// <summary>What a person reads when the product is ready.</summary>
internal static class Banner
{
    public static void Print(TextWriter output, Product product)
    {
        output.WriteLine();
        output.WriteLine($"LiveCommerce is ready: {product.Address}");
        if (product.SandboxAddress is { } sandbox)
        {
            output.WriteLine($"Payment sandbox at {sandbox}: no money moves.");
        }

        if (!product.NewAccounts.IsEmpty)
        {
            output.WriteLine();
            output.WriteLine("Accounts are ready. Their passwords are shown this once:");
            foreach (var account in product.NewAccounts)
            {
                output.WriteLine($"  {account.Name,-10} {account.Password}");
            }
        }

        output.WriteLine();
        output.WriteLine("Ctrl-C ends it.");
        output.Flush();
    }
}
