"""What templates of the pages on which people work may say."""
